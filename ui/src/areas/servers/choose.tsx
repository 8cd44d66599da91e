/** A question with one answer among some. */
import { useState } from "react";
import { Dialog } from "../../parts/dialog";

export function Choose({
  title,
  choices,
  close,
  run,
}: {
  title: string;
  choices: [string, string][];
  close: () => void;
  run: (chosen: string) => Promise<unknown>;
}) {
  const [chosen, choose] = useState(choices[0]?.[0] ?? "");
  return (
    <Dialog
      title={title}
      verb={title}
      close={close}
      ready={!!chosen}
      submit={() => run(chosen)}
      variant="small"
    >
      {choices.map(([id, text]) => (
        <label key={id} className="choice">
          <input
            type="radio"
            name="choose"
            checked={chosen === id}
            onChange={() => choose(id)}
          />{" "}
          {text}
        </label>
      ))}
    </Dialog>
  );
}
