import type { SecretView } from '../src/console/family-view.ts'
import { useIsNarrow } from './use-feed.ts'

interface Call {
  readonly from: string
  readonly to: string
  readonly secret: SecretView
}

/** Where things are drawn: along one axis, side by side where there is room, else one below the other. */
interface Layout {
  readonly width: number
  readonly height: number
  readonly node: (i: number) => { readonly x: number; readonly y: number }
  readonly call: (from: number, to: number) => Drawn
}

interface Drawn {
  readonly path: string
  readonly x: number
  readonly y: number
}

const NODE = { width: 150, height: 40 }
/** The room for a call against the order, over or beside the services. */
const BACK = 46

/** A map of who calls whom with which key. */
export function CallMap({ secrets }: { readonly secrets: readonly SecretView[] }) {
  const isNarrow = useIsNarrow()
  const calls = secrets.flatMap((secret): Call[] => {
    const [from, to] = secret.services
    return from === undefined || to === undefined ? [] : [{ from, to, secret }]
  })
  if (calls.length === 0) return null
  const services = inCallOrder(calls)
  const at = (service: string) => services.indexOf(service)
  const goesBack = calls.some(({ from, to }) => at(from) >= at(to))
  const { width, height, node, call } = (isNarrow ? below : beside)(services.length, goesBack)
  return (
    <section aria-labelledby="calls">
      <h2 id="calls">Who calls whom</h2>
      <svg class="map" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={inWords(calls)}>
        <defs>
          <marker
            id="tip"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M0 0 8 4 0 8z" />
          </marker>
        </defs>
        {calls.map(({ from, to, secret }) => {
          const { path, x, y } = call(at(from), at(to))
          return (
            <g
              key={secret.title}
              class={secret.rotation?.isOpen === true ? 'call rotating' : 'call'}
            >
              <path d={path} marker-end="url(#tip)" />
              <text x={x} y={y} text-anchor="middle">
                {keyOf(secret)}
              </text>
            </g>
          )
        })}
        {services.map((service, i) => {
          const { x, y } = node(i)
          return (
            <g key={service} class="service">
              <rect x={x} y={y} width={NODE.width} height={NODE.height} rx="10" />
              <text x={x + NODE.width / 2} y={y + 25} text-anchor="middle">
                {service}
              </text>
            </g>
          )
        })}
      </svg>
    </section>
  )
}

function beside(count: number, goesBack: boolean): Layout {
  const top = goesBack ? BACK : 1
  const step = NODE.width + 135
  const middle = top + NODE.height / 2
  return {
    width: (count - 1) * step + NODE.width + 2,
    height: top + NODE.height + 2,
    node: (i) => ({ x: 1 + i * step, y: top }),
    call(from, to) {
      const [start, end] = [from * step + NODE.width, to * step]
      const x = (start + end) / 2
      if (from < to) return { path: `M${start} ${middle}H${end}`, x, y: middle - 8 }
      const [a, b] = [from * step + NODE.width / 2, to * step + NODE.width / 2]
      return { path: `M${a} ${top}C${a} 0 ${b} 0 ${b} ${top}`, x, y: 10 }
    },
  }
}

function below(count: number, goesBack: boolean): Layout {
  const step = NODE.height + 56
  const left = 60
  const x = left + NODE.width / 2
  return {
    width: left + NODE.width + (goesBack ? BACK + 20 : left),
    height: (count - 1) * step + NODE.height + 2,
    node: (i) => ({ x: left, y: 1 + i * step }),
    call(from, to) {
      const [start, end] = [from * step + NODE.height, to * step]
      const y = (start + end) / 2 + 4
      if (from < to) return { path: `M${x} ${start}V${end}`, x: x + 46, y }
      const side = left + NODE.width
      const [a, b] = [from * step + NODE.height / 2, to * step + NODE.height / 2]
      return {
        path: `M${side} ${a}C${side + BACK} ${a} ${side + BACK} ${b} ${side} ${b}`,
        x: side + 40,
        y,
      }
    },
  }
}

function keyOf({ versions }: SecretView): string {
  const [current] = versions
  return current?.id ?? current?.version ?? ''
}

function inWords(calls: readonly Call[]): string {
  return calls.map(({ from, to, secret }) => `${from} calls ${to} with ${keyOf(secret)}`).join('; ')
}

/** Callers before those that they call, as far as calls go one way. */
function inCallOrder(calls: readonly Call[]): string[] {
  const depth = new Map<string, number>()
  // As often as a chain of calls can be long: then each has its place, and a circle does not go on for ever.
  for (const { from, to } of calls.flatMap(() => calls)) {
    const before = depth.get(from) ?? 0
    depth.set(from, before)
    depth.set(to, Math.min(calls.length, Math.max(depth.get(to) ?? 0, before + 1)))
  }
  return [...depth].toSorted(([, a], [, b]) => a - b).map(([service]) => service)
}
