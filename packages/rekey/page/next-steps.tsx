import { useState } from 'preact/hooks'
import type { FamilyView, NextCommand } from '../src/console/family-view.ts'

/** The commands to run now, the most urgent first. */
export function NextSteps({ view }: { readonly view: FamilyView }) {
  const steps = view.secrets
    .flatMap(({ title, next }) => next.map((step) => ({ ...step, title })))
    .toSorted((a, b) => a.urgency.localeCompare(b.urgency))
  return (
    <section aria-labelledby="next">
      <h2 id="next">What to do</h2>
      {steps.length + view.unreadable.length === 0 && (
        <p class="quiet">Nothing: no secret is overdue, leaked or stuck.</p>
      )}
      <ul class="steps-to-do">
        {view.unreadable.map(({ secret, code, message }) => (
          <li key={secret} class="act">
            <p>
              <strong>{secret}</strong> cannot be read ({code}): {message}
            </p>
          </li>
        ))}
        {steps.map((step) => (
          <Step key={`${step.title} ${step.command}`} {...step} />
        ))}
      </ul>
    </section>
  )
}

function Step({ title, urgency, reason, command }: NextCommand & { readonly title: string }) {
  const [isCopied, setIsCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(command)
    setIsCopied(true)
  }
  return (
    <li class={urgency}>
      <p>
        <strong>{title}</strong>: {reason}
      </p>
      <p class="command">
        <code>{command}</code>
        <button type="button" onClick={() => void copy()} aria-label={`Copy ${command}`}>
          {isCopied ? 'copied' : 'copy'}
        </button>
      </p>
    </li>
  )
}
