import type { HoldView, RotationView } from '../src/console/family-view.ts'
import { ago } from './duration.ts'

/** The seven steps of every rotation. */
const STEPS = ['generate', 'stage', 'admit', 'prove', 'promote', 'confirm', 'revoke']

interface RotationProps {
  readonly rotation: RotationView
  readonly now: number
}

/** An open rotation step by step, or the end of the last one. */
export function RotationSteps({ rotation, now }: RotationProps) {
  const { isOpen, mode, step, phase, at, holder, receipt, resumesAt, held } = rotation
  if (!isOpen) return <LastRotation rotation={rotation} now={now} />
  // After the last of the seven, the replicas are asked whether they have dropped the old version.
  const reached = step === 'confirm-revoked' ? STEPS.length : STEPS.indexOf(step ?? '')
  const of = (i: number) => (i < reached || (i === reached && phase === 'end') ? 'done' : 'open')
  const inWords = step === undefined ? 'begun' : `${step}${phase === 'end' ? ' is done' : ''}`
  return (
    <div class={`rotation ${mode}`}>
      <ol class="steps" aria-label={`Rotation: ${inWords}`}>
        {STEPS.map((name, i) => (
          <li key={name} class={i === reached && phase !== 'end' ? 'now' : of(i)}>
            <span>{name}</span>
          </li>
        ))}
      </ol>
      <p class="quiet">
        {mode === 'forward' ? '' : `${mode}; `}
        {STEPS[reached] === undefined ? `${inWords}; ` : ''}
        {at !== undefined && `journal written ${ago(at, now)}; `}
        {holder === undefined ? idle(resumesAt, held) : `${holder} works on it`}
      </p>
      {receipt !== undefined && phase === 'end' && step === 'revoke' && (
        <p class="quiet">refused: {receipt.version}</p>
      )}
    </div>
  )
}

function idle(resumesAt: string | undefined, held: HoldView | undefined): string {
  if (held !== undefined) {
    const end = held.until === undefined ? '' : `, at most until ${held.until}`
    return `held ${held.at} since ${held.since}${end}`
  }
  return resumesAt === undefined ? 'no rotator works on it' : `goes on at ${resumesAt}`
}

function LastRotation({ rotation: { at, receipt }, now }: RotationProps) {
  if (receipt !== undefined) {
    return (
      <p class="receipt">
        refused: <code>{receipt.version}</code>{' '}
        <span class="quiet">
          {receipt.evidence}, {ago(receipt.at, now)}
        </span>
      </p>
    )
  }
  return at === undefined ? null : <p class="quiet">last rotated {ago(at, now)}</p>
}
