import type { LeakView, SecretView } from '../src/console/family-view.ts'

/** The lines that replicas masked because they held a live version, and the code that printed them. */
export function Leaks({ secrets }: { readonly secrets: readonly SecretView[] }) {
  const leaky = secrets.filter(({ leakedLines }) => leakedLines > 0)
  return (
    <section aria-labelledby="leaks">
      <h2 id="leaks">Leaks</h2>
      {leaky.length === 0 ? (
        <p class="quiet">None is reported by the replicas that answered.</p>
      ) : (
        <ul class="rows">
          {leaky.flatMap(({ title, leaks }) =>
            leaks.map((leak) => <Leak key={Object.values(leak).join(' ')} {...leak} of={title} />),
          )}
        </ul>
      )}
    </section>
  )
}

function Leak({ of, replica, channel, callSite, count, encoding }: LeakView & { of: string }) {
  return (
    <li class="leak-row">
      <strong class="bad">{of}</strong>
      <span>
        {count === 1 ? '1 line' : `${count} lines`} masked by <code>{replica}</code>
        {channel !== undefined && `, written to ${channel}`}, encoded as {encoding}
      </span>
      {callSite !== undefined && (
        <span class="quiet">
          printed at <code>{callSite}</code>
        </span>
      )}
    </li>
  )
}
