/** Names and values of one thing, in columns. */
import {
  Card,
  CardBody,
  CardTitle,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from "@patternfly/react-core";
import type { ReactNode } from "react";

export type Fact = [string, ReactNode] | null | false;

export function Facts({ facts, columns = 2 }: { facts: Fact[]; columns?: 1 | 2 | 3 }) {
  const shown = facts.filter(
    (one): one is [string, ReactNode] => !!one && one[1] !== undefined && one[1] !== "",
  );
  return (
    <DescriptionList
      isCompact
      columnModifier={{
        default: "1Col",
        lg: columns === 3 ? "3Col" : columns === 2 ? "2Col" : "1Col",
      }}
    >
      {shown.map(([term, value]) => (
        <DescriptionListGroup key={term}>
          <DescriptionListTerm>{term}</DescriptionListTerm>
          <DescriptionListDescription>{value ?? "—"}</DescriptionListDescription>
        </DescriptionListGroup>
      ))}
    </DescriptionList>
  );
}

export function Block({
  title,
  actions,
  children,
}: {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Card className="gap-below">
      <CardTitle component="h2">
        <span className="block-title">
          {title}
          {actions && <span>{actions}</span>}
        </span>
      </CardTitle>
      <CardBody>{children}</CardBody>
    </Card>
  );
}
