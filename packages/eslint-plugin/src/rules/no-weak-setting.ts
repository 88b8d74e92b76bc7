import { createRule } from '../create-rule.ts'
import { weakOption, weakSettingsOf } from '../engine/settings/weak-settings.ts'
import { visit, visited } from '../engine/visits.ts'
import { runText } from '../engine/run-text.ts'
import type { WeakKind } from '../models/model-table.ts'
import { modelsOf } from '../models/models-of.ts'
import { list, optionsOf } from './option-schema.ts'

interface Options {
  /** Kinds of settings that are no findings here: `plainCookie`. */
  readonly allow?: readonly string[]
}

/** Finds calls and options that take a protection of secrets away, by the rows of the models. */
export const noWeakSetting = createRule<[Options], WeakKind>({
  name: 'no-weak-setting',
  meta: {
    type: 'problem',
    docs: { description: 'Keep the protections of secrets switched on', cwe: 'CWE-693' },
    messages: {
      unsigned:
        '{{what}} makes or accepts tokens without a signature, which every caller can write. {{use}}',
      neverExpires:
        '{{what}} accepts tokens that have expired, so that a stolen one works for ever. {{use}}',
      scriptCookie:
        'Every script of the page can read this cookie, of which a login goes on ({{what}}). {{use}}',
      plainCookie:
        'This cookie, of which a login goes on, is also sent without TLS ({{what}}). {{use}}',
      unverifiedServer:
        '{{what}} has the connection accept any server that answers, and hand it the secrets. {{use}}',
      fewRounds: '{{what}} takes so little work that guesses are cheap. {{use}}',
      weakCipher: '{{what}} uses a cipher that gives away what it encrypts. {{use}}',
      fastHash: '{{what}} makes a hash of a password that is guessed quickly. {{use}}',
    },
    schema: optionsOf('What may be weak.', {
      allow: list('Kinds of settings, by the names of the messages, that are no findings.'),
    }),
    defaultOptions: [{ allow: [] }],
  },
  create(context, [{ allow = [] }]) {
    const source = context.sourceCode
    if (!modelsOf(source).mayWeaken(runText(source))) return {}
    return visit(context, {}, () => {
      const calls = visited(source, 'CallExpression', 'NewExpression')
      const options = visited(source, 'Property', 'AssignmentExpression')
      const found = [
        ...calls.flatMap((call) => weakSettingsOf(call, source)),
        ...options.flatMap((option) => weakOption(option, source)),
      ]
      for (const { node, kind, what, use } of found) {
        if (!allow.includes(kind)) context.report({ node, messageId: kind, data: { what, use } })
      }
    })
  },
})
