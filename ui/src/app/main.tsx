import "@patternfly/react-core/dist/styles/base.css";
import "./app.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { client } from "../api/queries";
import { configuration, configure, resume } from "../api/session";
import { load, preferred, TextsProvider, type Language } from "../texts";
import { Boundary } from "./boundary";
import { applyBrand } from "./brand";
import { placeOfFragment, placeOfPath } from "./oldaddress";
import { router } from "./router";
import { Session } from "./session";

async function start(): Promise<void> {
  const old = placeOfFragment(location.hash) ?? placeOfPath(location.pathname.slice("/ui".length));
  if (old) history.replaceState(null, "", `/ui${old}`);
  const first: Language = preferred();
  const [signedIn] = await Promise.all([
    resume().catch(() => false),
    configure().catch(() => undefined),
    load(first),
  ]);
  applyBrand(configuration.told.brand);
  const root = document.getElementById("root");
  if (!root) throw new Error("the page has no root");
  createRoot(root).render(
    <StrictMode>
      <TextsProvider first={first}>
        <Boundary>
          <QueryClientProvider client={client}>
            <Session first={signedIn}>
              <RouterProvider router={router} />
            </Session>
          </QueryClientProvider>
        </Boundary>
      </TextsProvider>
    </StrictMode>,
  );
}

void start();
