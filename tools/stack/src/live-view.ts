import type { RotationEvent } from '@rekey/rotation'
import type { LoadCounts } from './load.ts'

/** Where progress is shown: a terminal, where a line can be drawn over, or a file, where it cannot. */
export type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>

/** Shows what happens, as it happens. */
export interface LiveView {
  readonly starting: (what: string) => void
  readonly waiting: (what: string) => void
  readonly rotation: (event: RotationEvent, counts: LoadCounts) => void
  /** Leaves the live line, so that other text can follow. */
  readonly end: () => void
}

/** Drawn over the live line up to the end of it (ECMA-48: erase in line). */
const ERASE = '\r\u001b[K'

/** Creates a view. On a terminal the line of what is waited for is drawn over; elsewhere waits are left out. */
export function createLiveView(output: Output): LiveView {
  let live = false
  const line = (text: string) => {
    output.write(`${live ? ERASE : ''}${text}\n`)
    live = false
  }
  const redraw = (text: string) => {
    if (!output.isTTY) return
    output.write(`${ERASE}${text}`)
    live = true
  }
  return {
    starting: (what) => {
      line(`starting ${what}`)
    },
    waiting: (what) => {
      line(`waiting for ${what}`)
    },
    rotation({ secret, step, phase, message = '' }, { requests, failures }) {
      const row = `${secret.padEnd(34)} ${step.padEnd(9)}`
      const counts = `requests ${String(requests).padStart(6)}  failures ${failures}`
      if (phase === 'waiting') redraw(`${row} ${counts}  ${message}`)
      else if (phase === 'end') line(`${row} ${counts}`)
    },
    end() {
      if (live) output.write('\n')
      live = false
    },
  }
}
