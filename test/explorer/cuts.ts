import { GUARDED_KINDS, type GuardedFile } from './cuts-of-kinds.ts'

const KEYS = 'packages/api-key-auth/src/rotate'
const ENGINE = 'packages/rekey/src/engine'
const JOURNAL = 'packages/rekey/src/journal'
const ROLES = 'packages/db-pool-rotator/src/roles'

/** Guards in the code, each of which is taken out by a test. */
export const GUARDED_FILES: readonly GuardedFile[] = [
  ...GUARDED_KINDS,
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
        'does not return a key that leaked, whatever still uses it',
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
        'The journal has the roll-back before the store is changed.',
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
        'R29 rotate called with another key while one is open: refused, naming that one',
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
        'R8 a rotator that stood still while the journal confirmed its claim asks again, and changes nothing',
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
        'A rotation that is being rolled back is not taken forward.',
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
