import type { Remedy, RunbookStep, Situation } from '@rekey/secret/internal/kind'

/** The secret that commands name. */
interface NamedSecret {
  /** In the store. */
  readonly name: string
  /** As on the command line: `api-key frontend:signing`. */
  readonly title: string
}

/** How a command is typed for one secret. */
interface Typing extends NamedSecret {
  /** The option that names the family file. */
  readonly family: string
  /** Pipes a new value in, where an operator makes it; else empty. */
  readonly input: string
}

/** The part of a situation that is the same for all kinds that a rotator changes. */
export interface SituationText {
  readonly opening: string
  /** The commands for one secret. */
  readonly step: (typing: Typing) => Pick<RunbookStep, 'type' | 'shows'>
  /** The state afterwards. */
  readonly after: string
}

const status = ({ family }: Typing) => `rekey status ${family}`

/** By situation. */
export const SITUATION_TEXTS: Readonly<Record<Situation, SituationText>> = {
  scheduled: {
    opening:
      'By hand, look first at the plan: it names each replica that must answer, and changes nothing.',
    step: (typing) => ({
      type: [
        `rekey rotate ${typing.title} --plan ${typing.family}`,
        `rekey rotate ${typing.title} ${typing.family}${typing.input}`,
        status(typing),
      ],
      shows: [
        `${typing.name} would be rotated`,
        '…',
        `${typing.name} is at …`,
        '…',
        `${typing.title} … current … known to …`,
      ],
    }),
    after:
      '`status` shows one version of the secret, the new one, known to all replicas, and below it the receipt of the old one.',
  },
  emergency: {
    opening:
      'The secret has leaked, or may have. Look first who holds it, who used it last and who would be refused; that changes nothing, and names each replica that does not answer. Then rotate: nothing waits for the old value to fall silent, a rotation that is open included. Nor does it wait for a rotator that works on the secret, such as a controller: the command takes the secret over, prints from whom, and that rotator stops and writes nothing more. Only another emergency on the same secret is left alone (exit code 3). A replica that does not answer within five seconds is left behind and named.',
    step: (typing) => ({
      type: [
        `rekey preview ${typing.title} ${typing.family}`,
        `rekey rotate ${typing.title} --compromised ${typing.family}${typing.input}`,
        status(typing),
      ],
      shows: [
        `${typing.title} … revoking it now would cut off …`,
        '…',
        `${typing.name} has leaked: …`,
        '…',
        `${typing.name} is at …`,
        '…',
        `${typing.title} … current … known to …`,
      ],
    }),
    after:
      'Each value that was valid when the command began is refused. Then look in the audit trail and in the logs for what was done with it.',
  },
  stuck: {
    opening:
      'A rotation that cannot go on, or was killed, stops and loses nothing. Its last line names the step and the cause. Mend the cause, then run the same command again: it goes on where it was.',
    step: (typing) => ({
      type: [
        status(typing),
        `rekey rotate ${typing.title} ${typing.family}${typing.input}`,
        status(typing),
      ],
      shows: [
        `${typing.title} …`,
        '…',
        'a rotation is open, since …, no rotator holds it: run it again',
        '…',
        `${typing.name} is at …`,
        '…',
        `${typing.title} … current … known to …`,
      ],
    }),
    after: 'No line of `status` has `a rotation is open` any more.',
  },
  'rolled-back': {
    opening:
      'Until `revoke`, an open rotation can be rolled back; where none is open, that changes nothing. Exit code 5 means that it was rolled back by itself, after a definite refusal: mend the cause, then rotate. What has leaked is never rolled back.',
    step: (typing) => ({
      type: [
        `rekey rollback ${typing.title} ${typing.family}`,
        `rekey sweep ${typing.title} ${typing.family}`,
        status(typing),
      ],
      shows: [
        `${typing.name} is at …; removed …`,
        '…',
        `${typing.name} nothing to remove`,
        '…',
        `${typing.title} … current … known to …`,
      ],
    }),
    after: '`status` shows one version of the secret, the one from before.',
  },
}

/** Observations of a rotation of any kind that does not go on; services are named by the environment. */
export const REMEDIES: readonly Remedy[] = [
  ['`no rotator holds it`', 'run the same command again'],
  [
    '`held by`, and a rotator',
    'it works on the secret: wait. The message states when its lease ends if it is dead; with a store journal a process that died on this host is not waited for. Then run the command again. If the secret has leaked, do not wait: `--compromised` takes it over',
  ],
  [
    '`held after promote` or `held after confirm`, and a command',
    'the policy of the family has each rotation of this kind wait for an order: run the command of that line, which ends with `--go` and the new version, or roll back',
  ],
  [
    '`did not … within`, or `does not … yet`, and a replica',
    'that replica does not answer or has not loaded the version: look in its log, restart it, run the command again',
  ],
  [
    '`STUCK`, and a replica that cannot be brought back soon',
    'add `--without` and its name to the command: the rotation goes on without it, and the audit trail and the receipt name it',
  ],
  [
    'a replica that is gone for good',
    'take it out of `fleet` in the family file, then run the command again',
  ],
  ['the new value is wrong', 'roll back, before `revoke`'],
  [
    'exit code 6',
    'another rotator has taken over, after a pause of this one or because the secret has leaked: the message names which. Look at `status`',
  ],
  [
    'exit code 8',
    'a disk is full or read-only: free space, or mount it writable, where the message names it; run the command again',
  ],
]
