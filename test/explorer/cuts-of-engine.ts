import type { GuardedFile } from './guarded-file.ts'

const ENGINE = 'packages/rekey/src/engine'

/** Guards of the engine. */
export const GUARDED_ENGINE: readonly GuardedFile[] = [
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
    file: `${ENGINE}/rotation-run.ts`,
    tests: `${ENGINE}/requests.test.ts`,
    guards: [
      [
        'A store that does not show a promotion which was begun is asked again.',
        'return !isRolledBack && isPromoted &&',
        'return isNaN(1) && pending !== undefined &&',
        'an emergency that sees the store as it was before a promotion asks again, and has nothing refused that is in use: after promote end',
      ],
      [
        'In an emergency, so is one that does not show an end which was begun.',
        "if (isEmergency && begun === 'revoke'",
        'if (isNaN(1)',
        'an emergency that sees the store as it was before its last write asks again, and replaces the secret once',
      ],
      [
        'A receipt does not outlast the return of its version to the store.',
        'receipts: receiptsBeside(this.#intent, staged)',
        'receipts: this.#intent.receipts',
        'a receipt of a version that was put back by hand proves nothing about its next end',
      ],
    ],
  },
  {
    file: `${ENGINE}/roll-back.ts`,
    tests: `${ENGINE}/roll-back-refused.test.ts`,
    guards: [
      [
        'What cannot be aborted, since it is in use and the old version works no more, can go forward.',
        'if (isRefused && !hasPrevious(found))',
        'if (isNaN(1))',
        'goes forward again where the new version cannot be aborted, as it is in use',
      ],
    ],
  },
  {
    file: `${ENGINE}/step-trail.ts`,
    tests: `${ENGINE}/rotate.test.ts`,
    guards: [
      [
        'A change that may have been made, and that no audit log has, is audited before the next step.',
        'if (begun !== undefined && CHANGES.has(begun))',
        'if (isNaN(1) && begun)',
        'what was changed at promote, and could not be audited then, is in the audit log once the rotation goes on',
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
        'A version that the store shows is not taken for one that is gone.',
        '&& !lost.some((each) => isLive(staged, each))',
        '',
        'a new version that a late view of the store did not show is not taken for one that is gone',
      ],
      [
        'A rotation that died after its last write to the store is finished, and no other begun.',
        '(isFinished(intent, found) || isKnown(intent, found))',
        'isKnown(intent, found)',
        'R10 it died once the store had revoked the old version, before any replica had dropped it: asked again, it finishes that rotation',
      ],
      [
        'What another writer has replaced is not forgotten.',
        '(isFinished(intent, found) || isKnown(intent, found))',
        'isOpen(intent)',
        'names what another writer replaced while a rotation was open, for nothing has shown that it is refused',
      ],
      [
        'An emergency writes down each version that it is about to drop.',
        'lost: previous === undefined ? lost : [...lost, describeVersion(previous)],',
        'lost,',
        'an emergency that died once it had revoked a version of which the journal did not know names it still',
      ],
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
