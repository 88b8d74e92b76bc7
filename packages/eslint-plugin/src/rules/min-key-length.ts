import type { TSESTree } from '@typescript-eslint/utils'
import { createRule } from '../create-rule.ts'
import { analysisOf } from '../engine/analysis.ts'
import { minimumOfCall, minimumOfProperty } from '../engine/key-length/declared-minimum.ts'
import { keysAssigned, keysGivenTo, mayGiveKeys } from '../engine/key-length/given-keys.ts'
import { pairSize } from '../engine/key-length/key-pairs.ts'
import { sizeOf } from '../engine/key-length/key-size.ts'
import { missingMinimum } from '../engine/key-length/missing-minimum.ts'
import { NAMING_TYPES, namedValues, type NamingNode } from '../engine/code/named-values.ts'
import { isKeyName } from '../engine/naming/names.ts'
import { describe } from '../engine/syntax/paths.ts'
import { visit, visited } from '../engine/visits.ts'
import { type KeyLengthIds, KeyLengthReports, type KeyLengths } from './key-length-reports.ts'
import type { CallNode } from '../engine/syntax/syntax.ts'

interface Options extends Partial<KeyLengths> {
  /** Whether the declaration of a secret has to ask for a minimum. */
  readonly requireMinimum?: boolean
}

/** No file without one of these declares what a secret has to be. */
const SCHEMA_TEXT =
  /zod|joi|yup|valibot|envalid|typebox|class-validator|minLength|minBytes|minimumLength|pattern|['"]string['"]/i

/** The words that declared secrets are called by. */
const SECRET_TEXT = /secret|token|password|passphrase|key|credential|authorization|jwt|bearer/i

const DEFAULTS = { minBytes: 32, minModulusBits: 2048, minCurveBits: 224, requireMinimum: false }

/** Finds keys that are made, given or declared shorter than the policy allows. */
export const minKeyLength = createRule<[Options], KeyLengthIds>({
  name: 'min-key-length',
  meta: {
    type: 'problem',
    docs: { description: 'Keep keys and secrets long enough', cwe: 'CWE-326' },
    messages: {
      shortKey:
        '{{what}} holds {{bytes}} bytes of key material; at least {{minimum}} are needed. Take them from randomBytes({{minimum}}), and cut nothing off.',
      shortModulus: 'A modulus of {{bits}} bits is too short; use at least {{minimum}}.',
      smallCurve: 'A curve over {{bits}} bits is too small; use one over at least {{minimum}}.',
      lowMinimum:
        '{{what}} may be as short as {{length}} characters; ask for at least {{minimum}}.',
      noMinimum: '{{what}} may be of any length; ask for at least {{minimum}} characters.',
      useNumber: 'Change it to {{number}}.',
      askMinimum: 'Ask for at least {{minimum}} characters.',
    },
    hasSuggestions: true,
    schema: [
      {
        type: 'object',
        description: 'What is long enough.',
        additionalProperties: false,
        properties: {
          minBytes: { type: 'integer', minimum: 1, description: 'Bytes of a symmetric key.' },
          minModulusBits: { type: 'integer', minimum: 1, description: 'Bits of an RSA modulus.' },
          minCurveBits: { type: 'integer', minimum: 1, description: "Bits of a curve's field." },
          requireMinimum: {
            type: 'boolean',
            description: 'Whether the declaration of a secret has to ask for a minimum.',
          },
        },
      },
    ],
    defaultOptions: [DEFAULTS],
  },
  create(context, [given]) {
    const source = context.sourceCode
    const makes = mayGiveKeys(source)
    const declares = SCHEMA_TEXT.test(source.text) && SECRET_TEXT.test(source.text)
    if (!makes && !declares) return {}
    const options = { ...DEFAULTS, ...given }
    const look = new KeyLengthReports(context, options)

    function lookAtCall(call: CallNode) {
      if (declares) look.minimum(call, minimumOfCall(call, source))
      if (!makes) return
      for (const { node, size } of keysGivenTo(call, source)) {
        look.key(node, `The key of ${describe(call.callee)}`, size)
      }
      look.pair(call, pairSize(call, source))
    }

    function lookAtDeclaration(property: TSESTree.Property) {
      look.minimum(property, minimumOfProperty(property, source))
      if (options.requireMinimum) look.missing(property, missingMinimum(property, source))
    }

    function lookAtName(node: NamingNode) {
      for (const { name, value } of namedValues(node, analysisOf(context).code, isKeyName)) {
        const size = sizeOf(value, source)
        if (size?.isRandom === true) look.key(value, name, size)
      }
    }

    function lookAtAssignment(assignment: TSESTree.AssignmentExpression) {
      for (const { node, size } of keysAssigned(assignment, source)) {
        look.key(node, `The key of ${describe(assignment.left)}`, size)
      }
    }

    return visit(context, {}, () => {
      // Of two ways to call one key, that by its own name comes first.
      if (makes) visited(source, ...NAMING_TYPES).forEach(lookAtName)
      if (makes) visited(source, 'AssignmentExpression').forEach(lookAtAssignment)
      if (declares) visited(source, 'Property').forEach(lookAtDeclaration)
      visited(source, 'CallExpression', 'NewExpression').forEach(lookAtCall)
    })
  },
})
