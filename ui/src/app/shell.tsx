/** The frame around every view: bar, navigation, messages, what the cloud has to say. */
import {
  Alert,
  Brand,
  Button,
  Dropdown,
  DropdownGroup,
  DropdownItem,
  DropdownList,
  FormSelect,
  FormSelectOption,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  MenuToggle,
  Nav,
  NavGroup,
  NavItem,
  Page,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
} from "@patternfly/react-core";
import BarsIcon from "@patternfly/react-icons/dist/esm/icons/bars-icon";
import AdjustIcon from "@patternfly/react-icons/dist/esm/icons/adjust-icon";
import GlobeIcon from "@patternfly/react-icons/dist/esm/icons/globe-icon";
import UserCircleIcon from "@patternfly/react-icons/dist/esm/icons/user-circle-icon";
import { useQuery } from "@tanstack/react-query";
import { Outlet, useRouter, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import * as cloud from "../api/cloud";
import { keys, useMe } from "../api/queries";
import { configuration, signOut } from "../api/session";
import { ConfirmProvider } from "../parts/confirm";
import { shown } from "../parts/format";
import { NotifyProvider } from "../parts/notify";
import { applyTheme, currentTheme, usePreferences, type Theme } from "../parts/preferences";
import { ProjectFilter, useMyProjects, useProjectName } from "../parts/project";
import { UploadsProvider } from "../parts/uploads";
import { WorkProvider } from "../parts/work";
import { LANGUAGES, loadRest, useTexts, type Key, type Language } from "../texts";
import { Loads } from "./loads";
import { PLACES } from "./nav";
import { Services } from "./services";

const THEMES: { theme: Theme; title: Key }[] = [
  { theme: "system", title: "theme.system" },
  { theme: "light", title: "theme.light" },
  { theme: "dark", title: "theme.dark" },
  { theme: "contrast", title: "theme.contrast" },
];

const extras = async () => (await Promise.all([import("./extras"), loadRest()]))[0];
const Tools = lazy(extras);
const Warnings = lazy(async () => ({ default: (await extras()).Warnings }));

export function Shell() {
  const [project, choose] = useState("");
  const filter = useMemo(() => ({ project, choose }), [project]);
  return (
    <ConfirmProvider>
      <NotifyProvider>
        <WorkProvider>
          <UploadsProvider>
            <ProjectFilter.Provider value={filter}>
              <Frame />
            </ProjectFilter.Provider>
          </UploadsProvider>
        </WorkProvider>
      </NotifyProvider>
    </ConfirmProvider>
  );
}

function Frame() {
  const { t } = useTexts();
  const at = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => {
    document.getElementById("main")?.scrollTo(0, 0);
  }, [at]);
  // A console fills its window.
  if (/^\/servers\/[^/]+\/console$/.test(at)) {
    return (
      <main id="main">
        <Outlet />
      </main>
    );
  }
  return (
    <Page
      masthead={<Bar />}
      sidebar={<Side />}
      isManagedSidebar
      mainContainerId="main"
      mainAriaLabel={t("shell.main")}
      skipToContent={
        <a className="skip" href="#main">
          {t("shell.skip")}
        </a>
      }
    >
      <Loads />
      <Suspense>
        <Warnings />
      </Suspense>
      {configuration.told.brand?.images["logo_print"] && (
        <img src={configuration.told.brand.images["logo_print"]} alt="" className="on-paper" height="40" />
      )}
      <Notices />
      <Outlet />
    </Page>
  );
}

function Bar() {
  const { t } = useTexts();
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton variant="plain" aria-label={t("shell.nav")}>
            <BarsIcon />
          </PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component="a" href={configuration.told.brand?.url || "/ui/"} className="logo">
            <Logo />
            <span className="logo-name">{configuration.told.service_name}</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <Services />
      <MastheadContent>
        <div className="bar-tools">
          <div className="masthead-select">
            <ProjectChoice />
          </div>
          <div className="bar-end">
            <MoreTools />
            <ThemeMenu />
            <LanguageMenu />
            <AccountMenu />
          </div>
        </div>
      </MastheadContent>
    </Masthead>
  );
}

/** The brand's picture for light and dark, or ours. */
function Logo() {
  const { images = {} } = configuration.told.brand ?? {};
  const light = images["logo"] ?? images["icon"] ?? "/ui/mark.svg";
  return (
    <>
      <Brand src={light} alt="" heights={{ default: "30px" }} className={images["logo_dark"] ? "on-light" : undefined} />
      {images["logo_dark"] && <Brand src={images["logo_dark"]} alt="" heights={{ default: "30px" }} className="on-dark" />}
    </>
  );
}

function MoreTools() {
  const me = useMe().data;
  // Heard from the first moment on, also while the rest is still on its way.
  const [finding, find] = useState(false);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      find(true);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  return (
    <Suspense>
      <Tools staff={isStaff(me)} finding={finding} find={find} />
    </Suspense>
  );
}

function ProjectChoice() {
  const { t } = useTexts();
  const projects = useMyProjects();
  const name = useProjectName();
  return (
    <ProjectFilter.Consumer>
      {({ project, choose }) => (
        <FormSelect
          aria-label={t("shell.project")}
          value={project}
          onChange={(_, value) => choose(value)}
        >
          <FormSelectOption value="" label={t("shell.allProjects")} />
          {projects.map((one) => (
            <FormSelectOption key={one.id} value={one.id} label={name(one.id)} />
          ))}
        </FormSelect>
      )}
    </ProjectFilter.Consumer>
  );
}

function ThemeMenu() {
  const { t } = useTexts();
  const [open, setOpen] = useState(false);
  const [wishes, prefer] = usePreferences();
  const [now, setNow] = useState(currentTheme());
  useEffect(() => {
    if (wishes.theme && wishes.theme !== currentTheme()) {
      applyTheme(wishes.theme);
      setNow(wishes.theme);
    }
  }, [wishes.theme]);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plain"
          aria-label={t("theme.choose")}
          icon={<AdjustIcon />}
          isExpanded={open}
          onClick={() => setOpen(!open)}
        />
      )}
    >
      <DropdownList>
        {THEMES.map(({ theme, title }) => (
          <DropdownItem
            key={theme}
            isSelected={now === theme}
            onClick={() => {
              applyTheme(theme);
              setNow(theme);
              prefer({ theme });
            }}
          >
            {t(title)}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}

function LanguageMenu() {
  const { t, language, change } = useTexts();
  const [open, setOpen] = useState(false);
  const [wishes, prefer] = usePreferences();
  useEffect(() => {
    if (wishes.language && wishes.language in LANGUAGES) void change(wishes.language);
  }, [wishes.language, change]);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plain"
          aria-label={t("language.choose")}
          icon={<GlobeIcon />}
          isExpanded={open}
          onClick={() => setOpen(!open)}
        />
      )}
    >
      <DropdownList>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <DropdownItem
            key={code}
            lang={code}
            isSelected={language === code}
            onClick={() => {
              void change(code as Language);
              prefer({ language: code as Language });
            }}
          >
            {name}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}

function AccountMenu() {
  const { t } = useTexts();
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const me = useMe().data;
  const go = (to: string) => () => void router.navigate({ to: to as never });
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plainText"
          isExpanded={open}
          aria-label={t("account.menu", { name: me?.email ?? "" })}
          icon={<UserCircleIcon />}
          onClick={() => setOpen(!open)}
        >
          <span className="wide-only">{shown(me?.email ?? "")}</span>
        </MenuToggle>
      )}
    >
      <DropdownGroup label={shown(me?.email ?? "")}>
        <DropdownList>
          <DropdownItem onClick={go("/")}>{t("nav.home")}</DropdownItem>
          <DropdownItem onClick={go("/account/profile")}>{t("nav.profile")}</DropdownItem>
          <DropdownItem onClick={go("/account/access")}>{t("nav.access")}</DropdownItem>
          <DropdownItem onClick={go("/usage")}>{t("nav.usage")}</DropdownItem>
          <DropdownItem onClick={go("/projects")}>{t("nav.projects")}</DropdownItem>
          <DropdownItem onClick={go("/contact")}>{t("nav.contact")}</DropdownItem>
          <DropdownItem
            onClick={() =>
              void signOut()
                .catch(() => undefined)
                .finally(() => location.assign("/ui/"))
            }
          >
            {t("signin.out")}
          </DropdownItem>
        </DropdownList>
      </DropdownGroup>
    </Dropdown>
  );
}

function Side() {
  const { t } = useTexts();
  const router = useRouter();
  const at = useRouterState({ select: (state) => state.location.pathname });
  const me = useMe().data;
  const places = PLACES.flatMap((group) => group.places);
  // The longest place that begins the address is the one we are at.
  const here = places
    .filter(({ to }) => (to === "/" ? at === "/" : at === to || at.startsWith(`${to}/`)))
    .sort((one, other) => other.to.length - one.to.length)[0]?.to;
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label={t("shell.nav")}>
          {PLACES.filter((group) => !group.staff || isStaff(me)).map((group) => (
            <NavGroup key={group.title} title={t(group.title)}>
                {group.places.map(({ to, title }) => (
                  <NavItem
                    key={to}
                    to={`/ui${to}`}
                    title={t(title)}
                    isActive={to === here}
                    onClick={(event) => {
                      event.preventDefault();
                      void router.navigate({ to: to as never });
                    }}
                  >
                    {t(title)}
                  </NavItem>
                ))}
            </NavGroup>
          ))}
        </Nav>
      </PageSidebarBody>
      <Foot />
    </PageSidebar>
  );
}

/** Who runs the cloud, below the navigation. */
function Foot() {
  const { footer, brand } = configuration.told;
  const right = brand?.copyright && (brand.copyright_text || `© ${new Date().getFullYear()} ${brand.company}`);
  const texts = [footer, brand?.footer, right].filter(Boolean);
  if (!texts.length && !brand?.company) return null;
  return (
    <PageSidebarBody isFilled={false}>
      {brand?.company && (
        <p>
          {brand.company_url ? <a href={brand.company_url}>{brand.company}</a> : brand.company}
        </p>
      )}
      {texts.map((text) => (
        <p key={String(text)} className="quiet">
          {text}
        </p>
      ))}
    </PageSidebarBody>
  );
}

function isStaff(me: { is_admin: boolean; groups: string[] } | undefined): boolean {
  return !!me && (me.is_admin || me.groups.some((one) => STAFF.has(one)));
}
const STAFF = new Set(["admin", "admin-readonly", "helpdesk"]);

function Notices() {
  const { language, t } = useTexts();
  const { data } = useQuery({
    queryKey: keys.notices,
    queryFn: cloud.notices,
    refetchInterval: 60_000,
  });
  const [hidden, hide] = useState<ReadonlySet<string>>(new Set());
  return (
    <>
      {data?.notices
        .filter((one) => !hidden.has(String(one.id)))
        .map((one) => (
          <Alert
            key={one.id}
            isInline
            variant={one.level === "critical" ? "danger" : one.level}
            title={shown(one.texts[language] ?? one.texts["en"] ?? "")}
            actionClose={
              one.read_only ? undefined : (
                <Button
                  variant="plain"
                  aria-label={t("common.close")}
                  onClick={() => hide(new Set([...hidden, String(one.id)]))}
                >
                  ×
                </Button>
              )
            }
          >
            {one.read_only && t("shell.readOnly")}
          </Alert>
        ))}
    </>
  );
}
