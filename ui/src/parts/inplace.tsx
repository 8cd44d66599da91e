/** A text that is changed where it stands: Enter keeps it, Escape leaves it as it was. */
import { Button, TextInput } from "@patternfly/react-core";
import PencilAltIcon from "@patternfly/react-icons/dist/esm/icons/pencil-alt-icon";
import { useState } from "react";
import { shown } from "./format";

export function InPlace({
  text,
  label,
  save,
}: {
  text: string;
  /** Names the button and the field. */
  label: string;
  save: (text: string) => Promise<unknown>;
}) {
  const [edited, setEdited] = useState<string | null>(null);
  if (edited === null) {
    return (
      <span className="in-place">
        {shown(text)}
        <Button
          variant="plain"
          size="sm"
          aria-label={label}
          icon={<PencilAltIcon />}
          onClick={() => setEdited(text)}
        />
      </span>
    );
  }
  return (
    <TextInput
      aria-label={label}
      value={edited}
      autoFocus
      onChange={(_, value) => setEdited(value)}
      onBlur={() => setEdited(null)}
      onKeyDown={(event) => {
        if (event.key === "Escape") setEdited(null);
        if (event.key === "Enter") {
          event.preventDefault();
          setEdited(null);
          if (edited !== text) void save(edited);
        }
      }}
    />
  );
}
