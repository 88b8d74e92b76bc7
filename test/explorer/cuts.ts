const KIND = 'packages/secret/src/kind'
const KEYS = 'packages/api-key-auth/src/rotate'
const ENGINE = 'packages/rekey/src/engine'
const JOURNAL = 'packages/rekey/src/journal'
const ROLES = 'packages/db-pool-rotator/src/roles'

/** A guard in the code: what holds because of it, its text, what stands there once it is taken out, and the test that fails then. */
export type Guarding = readonly [holds: string, text: string, without: string, missedBy: string]

/** Guards of one file that are missed in one file of tests; paths from the top of the repository. */
export interface GuardedFile {
  readonly file: string
  readonly tests: string
  readonly guards: readonly Guarding[]
}

/** Guards in the code, each of which is taken out by a test. */
export const GUARDED_FILES: readonly GuardedFile[] = [
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
        'a replica that is listed and does not answer is not there',
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
    file: `${KEYS}/switch-keys.ts`,
    tests: `${KEYS}/fleet-troubles.test.ts`,
    guards: [
      [
        'A sender that is listed and does not answer has not switched.',
        'return ack !== undefined && versionIn(',
        'return ack === undefined || versionIn(',
        'R65 a listed sender that does not answer has not switched: stuck at confirm, nothing is revoked',
      ],
    ],
  },
  {
    file: `${KEYS}/prove-api-key.ts`,
    tests: `${KEYS}/api-key-kind.test.ts`,
    guards: [
      [
        'Every receiver accepts a call with the new key.',
        'if (late.length === 0) return\n',
        'if (accepted > 0 || late.length === 0) return\n',
        'R24 a receiver that is started after all had acknowledged, and sees an old store, is waited for',
      ],
      [
        'A receiver that refuses the key which it has loaded ends the rotation.',
        'await requireNoRefusal(link, { candidate, late }, context)',
        '',
        'rolls the rotation back when a receiver that reported the key as accepted refuses it',
      ],
    ],
  },
  {
    file: `${KEYS}/api-key-kind.ts`,
    tests: `${KEYS}/late-uses.test.ts`,
    guards: [
      [
        'A key that leaked does not return, whatever its end does.',
        'const isGone = context.compromised || hasExpired(',
        'const isGone = hasExpired(',
        'does not return a key that leaked, whoever misses it',
      ],
      [
        'Uses before the end of a key are not late.',
        'await context.saveProgress({ dropped: await takeBaseline(link, previous, context) })',
        '',
        'R32 what was counted of a key before a rotation was rolled back does not count in the next one',
      ],
    ],
  },
  {
    file: `${ENGINE}/roll-back.ts`,
    tests: `${ENGINE}/roll-back.test.ts`,
    guards: [
      [
        'Nothing that leaked is rolled back to.',
        "if (isOpen(run.intent) && run.intent.mode === 'emergency') {",
        'if (isNaN(1)) {',
        'does not bring back a version that leaked',
      ],
      [
        'The old version is proven before it becomes current again.',
        "await run.step('prove', (context) => kind.prove(previous, current, context))",
        '',
        'is not rolled back to a version that works no more',
      ],
      [
        'The journal keeps that a rotation goes back before the store is changed.',
        'await run.setIntent(intent)\n',
        '\n',
        'goes on going back when it died at roll-back end, also if it is asked to rotate',
      ],
      [
        'A far side refuses what the store is about to drop.',
        'await kind.abort(staged, context)\n',
        '\n',
        'is rolled back by hand after prove end, and leaves nothing behind',
      ],
    ],
  },
  {
    file: `${ENGINE}/rotate.ts`,
    tests: `${ENGINE}/roll-back.test.ts`,
    guards: [
      [
        'What a kind keeps of the old version outlasts a change of the store by hand.',
        'isOpen(intent) && intent.from.version === previous.version\n',
        'isNaN(1) && isOpen(intent)\n',
        'what a kind keeps of the old version, for its proof, outlasts a change of the current one by hand',
      ],
    ],
  },
  {
    file: `${ENGINE}/rotate.ts`,
    tests: `${ENGINE}/requests.test.ts`,
    guards: [
      [
        'A rotation of another request is not finished unasked.',
        'if (isOther && !compromised) throw',
        'if (isNaN(1)) throw',
        'R29 rotate called with another key while one is open: refused, and told which',
      ],
    ],
  },
  {
    file: `${ENGINE}/go-forward.ts`,
    tests: `${ENGINE}/rotate.test.ts`,
    guards: [
      [
        'No answer rolls nothing back.',
        'if (!isDefinite(error)) throw error\n    if',
        'if',
        'stops and stays where it is when there is no answer, and goes on when run again',
      ],
    ],
  },
  {
    file: `${ENGINE}/go-forward.ts`,
    tests: `${ENGINE}/requests.test.ts`,
    guards: [
      [
        'An emergency that is refused brings nothing back.',
        "if (run.intent?.mode === 'emergency') {",
        'if (isNaN(1)) {',
        'an emergency whose new version is refused stays one: nothing comes back, and the next run tries another',
      ],
    ],
  },
  {
    file: `${ENGINE}/sweep-orphans.ts`,
    tests: `${ENGINE}/requests.test.ts`,
    guards: [
      [
        'Nothing is swept while a rotation is open.',
        'if (isOpen(run.intent)) throw openFor(kind.name, run.intent.request)',
        '',
        'sweeps away what the store does not know, but not while a rotation is open',
      ],
    ],
  },
  {
    file: `${ENGINE}/hold.ts`,
    tests: `${ENGINE}/hold.test.ts`,
    guards: [
      [
        'A rotation that is held stays so until it is let go.',
        'if (isHeld && !isPast && overlapLeftMs(run) > 0) throw',
        'if (isNaN(1)) throw',
        'held after-promote, each later run does nothing, and the error has the command',
      ],
    ],
  },
  {
    file: `${JOURNAL}/with-claim.ts`,
    tests: `${JOURNAL}/timely-claim.test.ts`,
    guards: [
      [
        'A reply of the journal counts only while the lease lasts that it is about.',
        'while (clock.elapsed() - asked >= leaseMs) {',
        'while (isNaN(1)) {',
        'R8 a rotator that stood still while it was told that it may go on asks again, and changes nothing',
      ],
    ],
  },
  {
    file: `${ROLES}/drop-login.ts`,
    tests: `${ROLES}/revoke-login.test.ts`,
    guards: [
      [
        'No login is dropped that has a session.',
        'await requireSilent(home, login, role.oid)',
        '',
        'R6: after its sessions were ended does not drop a role that is in use again',
      ],
    ],
  },
  {
    file: `${ROLES}/close-login.ts`,
    tests: `${ROLES}/revoke-login.test.ts`,
    guards: [
      [
        'No login of an administrator is closed.',
        'if (!role.rolsuper && own?.name !== login) return role',
        'return role',
        'is never an administrator',
      ],
    ],
  },
  {
    file: `${ENGINE}/go-forward.ts`,
    tests: `${ENGINE}/roll-back.test.ts`,
    guards: [
      [
        'Nothing that leaked returns because its end does harm.',
        'if (!isDefinite(error) || !mayReturn || isLeaked) throw error',
        'if (!isDefinite(error) || !mayReturn) throw error',
        'brings nothing back that leaked, though its end does harm',
      ],
    ],
  },
  {
    file: `${ENGINE}/rotate.ts`,
    tests: `${ENGINE}/emergency.test.ts`,
    guards: [
      [
        'An emergency begins once more where the last write of another rotator came after its look.',
        'if (!options.compromised || !wasConflict || run.hasChanged) throw error',
        'throw error',
        'R54 the last write of the rotator that was taken over, promote, comes after the look of the emergency and before its first write: it ends in one attempt, and that is gone too',
      ],
      [
        'It does so only before it has changed the store itself.',
        'if (!options.compromised || !wasConflict || run.hasChanged) throw error',
        'if (!options.compromised || !wasConflict) throw error',
        'R54 a change in the store that no displaced rotator can have made stops an emergency as before',
      ],
      [
        'An ordinary rotation of the same request answers no leak.',
        "if (isSame && answers && typeof outcome === 'object')",
        "if (isSame && typeof outcome === 'object')",
        'R29 an emergency asked for with the key of an ordinary rotation is no repetition of it, and gives its own result again',
      ],
    ],
  },
  {
    file: `${ENGINE}/rotate.ts`,
    tests: `${ENGINE}/roll-back.test.ts`,
    guards: [
      [
        'A rotation that goes back is not taken forward.',
        "if (intent?.mode === 'rollback') {",
        'if (isNaN(1)) {',
        'goes on going back when it died at abort begin, also if it is asked to rotate',
      ],
    ],
  },
  {
    file: `${ENGINE}/hold.ts`,
    tests: `${ENGINE}/hold.test.ts`,
    guards: [
      [
        'An order lets go the rotation alone that made its version.',
        'if (!isOpen(intent) || hold?.version !== version) {',
        'if (!isOpen(intent) || hold === undefined) {',
        'an order for an earlier rotation does not let the next one go on',
      ],
    ],
  },
  {
    file: `${ENGINE}/roll-back.ts`,
    tests: 'packages/integration-secret/src/rotate/integration-kind.test.ts',
    guards: [
      [
        'Nothing uses the new value when it is withdrawn.',
        'if (isInUse) await kind.leave?.(staged, context)',
        '',
        'R39 rolls back while the service sees the store late: the new credential is accepted until the service has left it, and no call fails',
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
  {
    file: `${ENGINE}/rotate.ts`,
    tests: `${ENGINE}/requests.test.ts`,
    guards: [
      [
        'An emergency is in the journal before it clears away what it found open.',
        '    isClearing: true,\n',
        '',
        'R51 an emergency that found a rotation open after promote end and died at revoke begin stays one: nothing of that rotation is left, and it is not rolled back',
      ],
    ],
  },
  {
    file: `${ENGINE}/rotation-run.ts`,
    tests: `${ENGINE}/emergency.test.ts`,
    guards: [
      [
        'A rotator that finds the store changed asks the journal who holds the claim.',
        'if (!isConflict(error)) return error',
        'return error',
        'R53 the audit log names the rotator that an emergency took over from, and that one ends with the fence as its reason',
      ],
    ],
  },
]
