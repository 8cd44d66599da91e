/** Table, cards, or one server at a time; the choice is remembered (UI-012). */
import { ToggleGroup, ToggleGroupItem, ToolbarItem } from "@patternfly/react-core";
import DesktopIcon from "@patternfly/react-icons/dist/esm/icons/desktop-icon";
import ListIcon from "@patternfly/react-icons/dist/esm/icons/list-icon";
import ThLargeIcon from "@patternfly/react-icons/dist/esm/icons/th-large-icon";
import { usePreferences, type Wishes } from "../../parts/preferences";
import { useTexts, type Key } from "../../texts";

export type ServerView = NonNullable<Wishes["serverView"]>;
const VIEWS: [ServerView, Key, typeof ListIcon][] = [
  ["table", "servers.asTable", ListIcon],
  ["cards", "servers.asCards", ThLargeIcon],
  ["single", "servers.asSingle", DesktopIcon],
];

export function Switcher({ view, go }: { view: ServerView; go: (view: ServerView) => void }) {
  const { t } = useTexts();
  const [, prefer] = usePreferences();
  return (
    <ToolbarItem>
      <ToggleGroup aria-label={t("servers.view")}>
        {VIEWS.map(([each, title, Icon]) => (
          <ToggleGroupItem
            key={each}
            icon={<Icon />}
            aria-label={t(title)}
            isSelected={view === each}
            onChange={() => {
              prefer({ serverView: each });
              go(each);
            }}
          />
        ))}
      </ToggleGroup>
    </ToolbarItem>
  );
}
