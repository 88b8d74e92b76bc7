import type { UseView, VersionView } from '../src/console/family-view.ts'

const WIDTH = 240
const HEIGHT = 40

interface UseLinesProps {
  readonly uses: readonly UseView[]
  readonly versions: readonly VersionView[]
}

/** Uses of each version between two readings, as lines: while a secret is rotated, one falls and the other rises. */
export function UseLines({ uses, versions }: UseLinesProps) {
  const live = new Map(versions.map((each) => [each.version, each]))
  // The last service is the one that is called; a caller counts the same uses once more.
  const service = uses.at(-1)?.service
  const shown = uses.filter((each) => each.service === service)
  const recent = shown.filter((each) => each.recent.some((n) => n > 0) || live.has(each.version))
  if (recent.length === 0) return null
  const most = Math.max(1, ...recent.flatMap((each) => each.recent))
  const failures = shown.reduce((sum, each) => sum + each.failures, 0)
  const total = recent.reduce((sum, each) => sum + each.uses, 0)
  return (
    <figure class="uses">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {recent.map((each) => (
          <path
            key={each.version}
            class={`use ${live.get(each.version)?.stage ?? 'gone'}`}
            d={line(each.recent, most)}
          />
        ))}
      </svg>
      <figcaption>
        {total} uses at {service}, <span class={failures > 0 ? 'bad' : ''}>{failures} refused</span>
      </figcaption>
    </figure>
  )
}

/** The newest value at the right edge, wherever the line begins. */
function line(values: readonly number[], most: number): string {
  const step = WIDTH / 59
  const start = WIDTH - (values.length - 1) * step
  const points = values.map((value, i) => {
    const y = HEIGHT - 2 - (value / most) * (HEIGHT - 4)
    return `${(start + i * step).toFixed(1)} ${y.toFixed(1)}`
  })
  return `M${points.join('L')}`
}
