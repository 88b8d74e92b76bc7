import { shellWord } from '@rekey/secret/internal'
import type { ScheduledRotation } from '../engine/schedule/schedule-rotations.ts'
import type { Replica } from '@rekey/secret/internal/kind'
import type { NextCommand, RotationView } from './family-view.ts'

/** The findings that commands follow from. */
interface Findings {
  readonly title: string
  readonly turn: ScheduledRotation | undefined
  readonly rotation: RotationView | undefined
  /** Lines that held a live version. */
  readonly leakedLines: number
  /** Replicas that do not answer. */
  readonly absent: readonly Replica[]
}

/** Returns what an operator should run for one secret, the most urgent first. */
export function nextCommands(findings: Findings): NextCommand[] {
  const { title, turn, leakedLines } = findings
  const leaked: NextCommand[] =
    leakedLines === 0
      ? []
      : [
          act(
            `a live version was in ${leakedLines} masked lines`,
            `rekey rotate ${title} --compromised`,
          ),
        ]
  const late: NextCommand[] = turn?.isOverdue
    ? [plan(`older than its policy allows (${turn.reason})`, `rekey rotate ${title}`)]
    : []
  return [...leaked, ...openRotation(findings), ...late]
}

function openRotation({ title, rotation, absent }: Findings): NextCommand[] {
  if (rotation?.isOpen !== true) return []
  const waiting = absent.map(({ healthUrl }) =>
    act(
      `its rotation waits for ${healthUrl}, which does not answer: bring it back, or go on without it`,
      `rekey rotate ${title} --without ${shellWord(healthUrl)}`,
    ),
  )
  if (rotation.holder !== undefined || waiting.length > 0) return waiting
  return [act('its rotation is open and no rotator works on it', `rekey rotate ${title}`)]
}

function act(reason: string, command: string): NextCommand {
  return { urgency: 'act', reason, command }
}

function plan(reason: string, command: string): NextCommand {
  return { urgency: 'plan', reason, command }
}
