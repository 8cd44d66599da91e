/** One labelled field of a form, with its hint or what is wrong with it. */
import {
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  TextInput,
} from "@patternfly/react-core";
import type { ReactNode } from "react";

export function Field({
  id,
  label,
  hint,
  wrong,
  required,
  children,
}: {
  id: string;
  label: string;
  hint?: ReactNode;
  wrong?: string | false;
  required?: boolean;
  children: ReactNode;
}) {
  return (
    <FormGroup label={label} fieldId={id} isRequired={required}>
      {children}
      {(hint || wrong) && (
        <FormHelperText>
          <HelperText>
            <HelperTextItem variant={wrong ? "error" : "default"}>{wrong || hint}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}

export function TextField({
  id,
  label,
  value,
  set,
  hint,
  wrong,
  required,
  type = "text",
  complete = "off",
}: {
  id: string;
  label: string;
  value: string;
  set: (value: string) => void;
  hint?: ReactNode;
  wrong?: string | false;
  required?: boolean;
  type?: "text" | "number" | "password" | "email" | "date" | "url";
  complete?: string;
}) {
  return (
    <Field id={id} label={label} hint={hint} wrong={wrong} required={required}>
      <TextInput
        id={id}
        type={type}
        value={value}
        onChange={(_, wanted) => set(wanted)}
        validated={wrong ? "error" : "default"}
        isRequired={required}
        autoComplete={complete}
      />
    </Field>
  );
}
