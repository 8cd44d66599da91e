/** Links and buttons that lead to another view, without a reload. */
import { Button, type ButtonProps } from "@patternfly/react-core";
import { Link, useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";

export function To({
  to,
  children,
  className,
}: {
  to: string;
  children: ReactNode;
  className?: string;
}) {
  return (
    <Link to={to as never} className={className}>
      {children}
    </Link>
  );
}

export function ButtonTo({ to, ...others }: { to: string } & ButtonProps) {
  const router = useRouter();
  return (
    <Button
      component="a"
      href={`/ui${to}`}
      {...others}
      onClick={(event) => {
        if (others.isAriaDisabled) return event.preventDefault();
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        void router.navigate({ to: to as never });
      }}
    />
  );
}
