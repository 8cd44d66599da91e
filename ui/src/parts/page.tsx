/** The frame of each view: its heading, what can be done, its content. */
import {
  Breadcrumb,
  BreadcrumbItem,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  Flex,
  FlexItem,
  PageSection,
  Skeleton,
  Title,
} from "@patternfly/react-core";
import { useEffect, type ComponentType, type ReactNode } from "react";
import { configuration } from "../api/session";
import { To } from "./link";

export function View({
  title,
  lead,
  actions,
  trail,
  children,
}: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  trail?: { title: string; to: string }[];
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · ${configuration.told.service_name}`;
  }, [title]);
  return (
    <>
      <PageSection hasBodyWrapper={false} className="view-head">
        {trail && (
          <Breadcrumb className="gap-below-small">
            {trail.map((each) => (
              <BreadcrumbItem key={each.to}>
                <To to={each.to}>{each.title}</To>
              </BreadcrumbItem>
            ))}
            <BreadcrumbItem isActive>{title}</BreadcrumbItem>
          </Breadcrumb>
        )}
        <Flex
          justifyContent={{ default: "justifyContentSpaceBetween" }}
          alignItems={{ default: "alignItemsCenter" }}
        >
          <FlexItem>
            <Title headingLevel="h1" className="view-title">
              {title}
            </Title>
            {lead && <div className="lead">{lead}</div>}
          </FlexItem>
          {actions && (
            <FlexItem>
              <Flex spaceItems={{ default: "spaceItemsSm" }}>{actions}</Flex>
            </FlexItem>
          )}
        </Flex>
      </PageSection>
      <PageSection hasBodyWrapper={false} isFilled className="view-body">
        {children}
      </PageSection>
    </>
  );
}

export function Nothing({
  icon,
  title,
  children,
  actions,
}: {
  icon?: ComponentType;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <EmptyState titleText={title} icon={icon} headingLevel="h2" variant="lg">
      {children && <EmptyStateBody>{children}</EmptyStateBody>}
      {actions && (
        <EmptyStateFooter>
          <EmptyStateActions>{actions}</EmptyStateActions>
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}

export function Loading({ text }: { text: string }) {
  return (
    <div aria-busy="true" role="status">
      <Skeleton screenreaderText={text} width="40%" className="gap-below" />
      <Skeleton width="85%" className="gap-below" aria-hidden />
      <Skeleton width="70%" className="gap-below" aria-hidden />
    </div>
  );
}
