import type { TSESLint, TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, MemberExpression, Node } from '../engine/syntax/nodes.ts'
import { createRule } from '../create-rule.ts'
import { type Analysis, analysisOf } from '../engine/analysis.ts'
import { isSecretMap, isUsedUp, opensSecret } from '../engine/exposures.ts'
import { matchesAny } from '../engine/file-globs.ts'
import { type Keeper, KEEPER_TYPES } from '../engine/boundary/keeping-places.ts'
import { keptBy } from '../engine/boundary/kept-values.ts'
import { describe } from '../engine/syntax/paths.ts'
import { unwrap } from '../engine/syntax/syntax.ts'
import { visit, visited } from '../engine/visits.ts'
import { flag, list, optionsOf } from './option-schema.ts'

interface Options {
  /** Globs of the files that may take values out of Secrets. Without it every file may. */
  readonly boundary?: readonly string[]
  /** How often one file may. */
  readonly maxPerFile?: number
  /** Whether exported functions and public methods may give back what they took out. */
  readonly allowReturn?: boolean
}

/** No file without one of these takes anything out of a Secret. */
const MAY_EXPOSE = /\bexpose\b|(?:secret|pass\w*|token|key|login|value|credentials?)\??\.map\(/i

type MessageIds = 'outsideBoundary' | 'tooMany' | 'kept' | 'returned' | 'keepSecret'

/** Finds values that are taken out of a Secret where a reviewer does not look for it, or that stay outside. */
export const noExposeOutsideBoundary = createRule<[Options], MessageIds>({
  name: 'no-expose-outside-boundary',
  meta: {
    type: 'problem',
    docs: { description: 'Expose a Secret where it is used, and only there', cwe: 'CWE-522' },
    messages: {
      outsideBoundary:
        '{{source}} takes the value out of a Secret, which only files of the boundary may. Hand the Secret itself to one of them.',
      tooMany:
        'This file takes values out of Secrets {{count}} times; it may do so {{limit}} times. Bring the uses together in one place.',
      kept: 'What {{source}} (line {{line}}) takes out of a Secret is kept in {{place}}, where it stays after a rotation and cannot be wiped. Keep the Secret, and expose it where it is used.',
      returned:
        'What {{source}} (line {{line}}) takes out of a Secret is handed to other files, where it no longer shows that it was one. Give back the Secret, or do here what needs the value.',
      keepSecret: 'Leave the Secret closed here, and expose it where it is used.',
    },
    hasSuggestions: true,
    schema: optionsOf('Who may take values out of Secrets, and what becomes of them.', {
      boundary: list('Globs of the files that may take values out of Secrets.'),
      maxPerFile: { type: 'integer', minimum: 0, description: 'How often one file may.' },
      allowReturn: flag('Whether exported functions may give back what they took out.'),
    }),
    defaultOptions: [{ allowReturn: false }],
  },
  create(context, [{ boundary, maxPerFile, allowReturn }]) {
    const { sourceCode } = context
    if (!MAY_EXPOSE.test(sourceCode.text)) return {}
    const isInside = boundary === undefined || matchesAny(context.filename, context.cwd, boundary)
    const exposures: Node[] = []
    let isMapped = false

    function lookAt(node: CallExpression | MemberExpression) {
      const analysis = analysisOf(context)
      if (opensSecret(node, analysis)) exposures.push(node)
      isMapped ||= isInside && isSecretMap(node, analysis)
    }

    return visit(context, { CallExpression: lookAt, MemberExpression: lookAt }, () => {
      const goesOn = isMapped || exposures.some((exposure) => !isUsedUp(exposure, sourceCode))
      const keepers = goesOn ? visited(sourceCode, ...KEEPER_TYPES) : []
      const reports = isInside
        ? [...excessOf(exposures, maxPerFile), ...keptIn(keepers, analysisOf(context))]
        : exposures.map(outside)
      for (const report of reports) {
        if (report.messageId !== 'returned' || allowReturn !== true) context.report(report)
      }
    })
  },
})

type Report = TSESLint.ReportDescriptor<MessageIds>

function outside(node: Node): Report {
  return { node, messageId: 'outsideBoundary', data: { source: describe(node) } }
}

function excessOf(exposures: readonly Node[], limit = exposures.length): Report[] {
  const data = { count: exposures.length, limit }
  const fromTheTop = exposures.toSorted((one, other) => one.range[0] - other.range[0])
  return fromTheTop.slice(limit, limit + 1).map((node) => ({ node, messageId: 'tooMany', data }))
}

function keptIn(keepers: readonly Keeper[], analysis: Analysis): Report[] {
  return keepers
    .flatMap((keeper) => keptBy(keeper, analysis))
    .map(({ value, source, place, isReturned }) => ({
      node: value,
      messageId: isReturned ? 'returned' : 'kept',
      data: { source: describe(source), line: source.loc.start.line, place },
      suggest: keepingSecret(value, source),
    }))
}

/** Where the value is kept as it came out, the Secret can be kept instead. */
function keepingSecret(value: Node, source: Node): TSESLint.ReportSuggestionArray<MessageIds> {
  const callee = source.type === 'CallExpression' ? source.callee : undefined
  if (callee?.type !== 'MemberExpression' || unwrap(value) !== source) return []
  const cut: TSESTree.Range = [callee.object.range[1], source.range[1]]
  return [{ messageId: 'keepSecret', fix: (fixer) => fixer.removeRange(cut) }]
}
