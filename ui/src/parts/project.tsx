/** Projects: their shown names, and which one the person looks at. */
import { FormSelect, FormSelectOption } from "@patternfly/react-core";
import { createContext, useContext } from "react";
import type { Project } from "../api/identity";
import { useMe, useProjects } from "../api/queries";
import { useTexts } from "../texts";
import { shown } from "./format";
import { ordered } from "./quota";
import { lookUp, useStrangers } from "./strangers";

export const ProjectFilter = createContext<{ project: string; choose: (id: string) => void }>({
  project: "",
  choose: () => undefined,
});

/** The project that lists are limited to; "" for all. */
export const useProjectFilter = () => useContext(ProjectFilter);

/** Joined projects, own first (UI-156). */
export function useMyProjects(): Project[] {
  const { data } = useProjects();
  const me = useMe().data;
  const joined = new Set(me?.projects.map((one) => one.id) ?? []);
  return ordered(
    (data ?? []).filter((one) => joined.has(one.id)),
    me?.default_project ?? "",
  );
}

/** How a project is called: one's own system project has a friendlier name. */
export function useProjectName(): (id: string | null) => string {
  const { t } = useTexts();
  const { data } = useProjects();
  const me = useMe().data;
  const strangers = useStrangers();
  return (id) => {
    if (!id) return "";
    if (id === me?.id) return t("project.own");
    const found = data?.find((one) => one.id === id);
    if (found) return shown(found.name);
    if (data && me) lookUp(id);
    const name = strangers.get(id);
    return name ? shown(name) : t("project.missing", { id });
  };
}

export function ProjectSelect({
  id,
  value,
  onChange,
  note,
  disabled,
}: {
  id: string;
  value: string;
  onChange: (id: string) => void;
  /** What is left there, or why it cannot be chosen. */
  note?: (project: string) => string;
  disabled?: (project: string) => boolean;
}) {
  const projects = useMyProjects();
  const name = useProjectName();
  return (
    <FormSelect id={id} value={value} onChange={(_, chosen) => onChange(chosen)}>
      {projects.map((one) => (
        <FormSelectOption
          key={one.id}
          value={one.id}
          isDisabled={disabled?.(one.id)}
          label={[name(one.id), note?.(one.id)].filter(Boolean).join(" — ")}
        />
      ))}
    </FormSelect>
  );
}
