/** What one likes; kept by the server, so it is the same in every browser (UI-318). */
import { Checkbox, Form, FormSelect, FormSelectOption } from "@patternfly/react-core";
import { Field } from "../../parts/field";
import { View } from "../../parts/page";
import { applyTheme, usePreferences, type Theme, type Wishes } from "../../parts/preferences";
import { LANGUAGES, useTexts, type Key, type Language } from "../../texts";

const THEMES: [Theme, Key][] = [
  ["system", "theme.system"],
  ["light", "theme.light"],
  ["dark", "theme.dark"],
  ["contrast", "theme.contrast"],
];
const STARTS: [string, Key][] = [
  ["/", "nav.home"],
  ["/servers", "nav.servers"],
  ["/files", "nav.files"],
  ["/networks", "nav.networks"],
  ["/usage", "nav.usage"],
  ["/projects", "nav.projects"],
];

export function PreferencesPage() {
  const { t, language, change } = useTexts();
  const [wishes, prefer] = usePreferences();
  const select = (id: string, label: string, value: string, choices: [string, string][], set: (value: string) => void) => (
    <Field id={id} label={label}>
      <FormSelect id={id} value={value} onChange={(_, wanted) => set(wanted)}>
        {choices.map(([key, title]) => (
          <FormSelectOption key={key} value={key} label={title} />
        ))}
      </FormSelect>
    </Field>
  );
  return (
    <View title={t("nav.preferences")} lead={t("preferences.lead")}>
      <Form className="form-narrow" onSubmit={(event) => event.preventDefault()}>
        {select("theme", t("theme.choose"), wishes.theme ?? "system", THEMES.map(([key, word]) => [key, t(word)]), (theme) => {
          applyTheme(theme as Theme);
          prefer({ theme: theme as Theme });
        })}
        {select("language", t("language.choose"), language, Object.entries(LANGUAGES), (wanted) => {
          void change(wanted as Language);
          prefer({ language: wanted as Language });
        })}
        {select(
          "density",
          t("preferences.density"),
          wishes.density ?? "compact",
          [
            ["compact", t("preferences.compact")],
            ["comfortable", t("preferences.comfortable")],
          ],
          (density) => prefer({ density: density as Wishes["density"] }),
        )}
        {select("start", t("preferences.start"), wishes.start ?? "/", STARTS.map(([key, word]) => [key, t(word)]), (start) => prefer({ start }))}
        <Checkbox
          id="desktop"
          label={t("news.desktopOn")}
          isChecked={!!wishes.desktop}
          onChange={(_, wanted) => {
            if (!wanted || !globalThis.Notification) return prefer({ desktop: false });
            void Notification.requestPermission().then((answer) => prefer({ desktop: answer === "granted" }));
          }}
        />
      </Form>
    </View>
  );
}
