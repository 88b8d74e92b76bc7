import type { GuardedFile } from './guarded-file.ts'

const KIND = 'packages/secret/src/kind'
const KEYS = 'packages/api-key-auth/src/rotate'

/** Guards that kinds of secrets share, and of the far sides that are ours. */
export const GUARDED_KINDS: readonly GuardedFile[] = [
  {
    file: `${KIND}/fleet.ts`,
    tests: `${KIND}/fleet.test.ts`,
    guards: [
      [
        'A barrier ends with one last look at all replicas.',
        'known = left\n      continue',
        'return',
        'a barrier holds for the replicas of its end: one that was there before, and is restarted without the version, is waited for',
      ],
      [
        'A replica that is listed and does not answer is waited for.',
        '(ack !== undefined && met(ack))',
        '(ack === undefined || met(ack))',
        'names a replica that does not answer when the time is over',
      ],
    ],
  },
  {
    file: `${KIND}/fleet.ts`,
    tests: `${KEYS}/late-uses.test.ts`,
    guards: [
      [
        'There is a receipt only where every receiver has dropped the key.',
        'if (without.length < answers.length) continue',
        '',
        'attests the end of a key with a receipt only if every receiver reports that it refuses it',
      ],
    ],
  },
  {
    file: `${KIND}/fleet.ts`,
    tests: `${KEYS}/fleet-troubles.test.ts`,
    guards: [
      [
        'A receiver that does not answer has dropped nothing: there is no receipt.',
        'ack && !acknowledges(ack, { version })',
        '!acknowledges(ack, { version })',
        'R62 an emergency waits once for a replica that does not answer, and reports what is unproven',
      ],
    ],
  },
  {
    file: `${KIND}/far-side.ts`,
    tests: `${KIND}/far-side.test.ts`,
    guards: [
      [
        'The value in use is no next one.',
        'if (text === current.value.expose()) {',
        "if (text === '') {",
        'a value that is in use is no next one, though the far side chose it',
      ],
      [
        'A chosen value bears the mark of its environment.',
        'if (isMarked === nonProduction) return Secret.of',
        'return Secret.of',
        'a value of another environment is no next one, though the far side chose it',
      ],
      [
        'Every replica has loaded the new value before a far side is asked to take it.',
        'if (!isRestarted) await loaded()',
        '',
        'admit waits for the replicas: did not load both keys',
      ],
      [
        'A far side accepts the new value before it is promoted.',
        '} else if (!(await answers(true, { farSide, value }, patience, context))) {',
        '} else if (isNaN(1)) {',
        'proves what the far side accepts, and no other, and revokes what it refuses from then on',
      ],
      [
        'Nothing is rolled back to a value that a far side was asked to end.',
        'if (wasAskedToEnd || endingIn(context.progress) === version) throw',
        'if (wasAskedToEnd) throw',
        'a value that the far side was asked to end is not proven again, though it is accepted still and uses are observed after that',
      ],
      [
        'Every replica uses the new value before the old one ends.',
        "await untilAll(at, { version, what, ...reaches('in-use', version) }, context)\n      await endGap",
        'await endGap',
        'confirm waits for the replicas: did not use the new key',
      ],
      [
        'The old value is silent before it ends.',
        'if (validationMs > 0) await waitForSilence',
        'if (validationMs > 1e9) await waitForSilence',
        'a replica that uses the old value again and again keeps it alive',
      ],
      [
        'No session uses the old login before it ends.',
        'await untilWithoutSessions({ farSide, value: previous.value }, patience, context)',
        '',
        'sessions that stay open keep the old login alive, and are named',
      ],
      [
        'Every replica uses the old value again before the new one is withdrawn.',
        "await untilAll(at, { version, what, ...reaches('in-use', version) }, context)\n      await untilWithoutSessions",
        'await untilWithoutSessions',
        'the way back waits for the replicas: did not use the old key again',
      ],
      [
        'A far side refuses the old value before there is a receipt.',
        'if (await answers(false, { farSide, value }, patience, context)) return',
        'if (isFinite(1)) return',
        'attests no revocation that the far side does not show',
      ],
    ],
  },
  {
    file: `${KIND}/far-side.ts`,
    tests: `${KIND}/change-over.test.ts`,
    guards: [
      [
        'At one slot nothing is rolled back to once the new value is promoted: it was replaced.',
        "const wasAskedToEnd = isOne && stage === 'previous'",
        'const wasAskedToEnd = false',
        'no proof takes what was replaced for the value in use, though the far side accepts both for a while',
      ],
      [
        'At one slot the way back ends once the new value is refused.',
        '(await shows(true, current)) && (await shows(false, pending))',
        'await shows(true, current)',
        'is not put back for certain while the far side accepts both',
      ],
      [
        'At one slot the old value is put back before replicas have to use it again.',
        'if (await holdsOne(at, context.signal)) return\n',
        '\n',
        'the old value is put back before a replica has to use it again: the far side refuses it until then',
      ],
    ],
  },
  {
    file: `${KIND}/change-over.ts`,
    tests: `${KIND}/change-over.test.ts`,
    guards: [
      [
        'Every replica has both values before one slot changes.',
        'await loaded()\n',
        '\n',
        'a far side is not asked before each replica has both values',
      ],
      [
        'A definite no ends the change of one slot at once.',
        'if (!isUnreachable(error)) throw error\n',
        '\n',
        'a far side that definitely refuses the change is not asked again',
      ],
    ],
  },
  {
    file: `${KIND}/version-silence.ts`,
    tests: `${KIND}/version-silence.test.ts`,
    guards: [
      [
        'A replica that does not answer breaks the silence.',
        'if (deaf.length > 0) silence.restart(seen.heardAt)',
        '',
        'a replica that does not answer once breaks the silence: it may have used the old version',
      ],
      [
        'A replica that was restarted breaks the silence.',
        'const counts = `${since} ${attempts - failures}`',
        'const counts = `${attempts - failures}`',
        'a replica that is restarted, and with that counts from zero, breaks the silence: it may have used the old version',
      ],
      [
        'A replica that comes with the old version breaks the silence.',
        'before === undefined ? !isFreeOfIt : before !== counts',
        'before !== undefined && before !== counts',
        'R45 a replica that comes with the old version as its own is watched for the whole validation period',
      ],
    ],
  },
  {
    file: `${KIND}/login-steps.ts`,
    tests: `${KIND}/far-side.test.ts`,
    guards: [
      [
        'Two looks in a row find no session.',
        'const LOOKS = 2',
        'const LOOKS = 1',
        'a login whose sessions can be seen ends once two looks in a row have found none',
      ],
      [
        'No login with other rights is used.',
        'if (differences.length === 0) return',
        'if (isFinite(1)) return',
        'a login with other rights is not used, and the journal knows its name',
      ],
      [
        'What has no account that could be asked gets no receipt.',
        'if (account === undefined) continue',
        'if (account === undefined) await context.attest({ ...version, evidence: "" })',
        'the account of a version that left the store is ended by its name, and attested',
      ],
    ],
  },
  {
    file: 'packages/integration-secret/src/rotate/adapter-credentials.ts',
    tests: 'packages/integration-secret/src/rotate/integration-kind.test.ts',
    guards: [
      [
        'A third party that holds one credential gets the old one back, though it accepts it still.',
        'holds === 1 && (await this.accepts(pending.value, signal))',
        'isNaN(holds)',
        'puts the old credential back where a third party holds one, and has replaced it, though it accepts it for a while: no call fails',
      ],
    ],
  },
  {
    file: 'packages/smtp/src/rotate/mail-account.ts',
    tests: 'packages/smtp/src/rotate/smtp-kind.test.ts',
    guards: [
      [
        'A mail server gets the old password back, though it accepts it still.',
        '(isChanged || !(await accepts(current.value, signal)))',
        '!(await accepts(current.value, signal))',
        'is set again where the server accepts from a cache what was replaced, and no mail is lost',
      ],
    ],
  },
]
