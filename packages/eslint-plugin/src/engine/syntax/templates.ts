import type { Identifier, Node, SourceCode } from './nodes.ts'
import { perFile } from '../per-file.ts'
import { ancestorsOf, isFunction, within } from './syntax.ts'

/** An element of the template of a Vue component, as vue-eslint-parser reads it; our types do not know its nodes. */
export interface TemplateElement {
  readonly type: 'VElement'
  /** As it is written: `p`, `MyPage`. */
  readonly rawName: string
  readonly startTag: { readonly attributes: readonly TemplateAttribute[] }
  readonly children: readonly (TemplateElement | TemplateExpression | TemplateText)[]
  /** Names that `v-for` and `v-slot` declare there. */
  readonly variables: readonly { readonly id: Identifier }[]
}

/** `type="password"`, or a directive: `:href="…"`, `v-html="…"`. */
export interface TemplateAttribute {
  readonly type: 'VAttribute'
  readonly directive: boolean
  readonly key: TemplateKey
  readonly value: TemplateExpression | TemplateText | null
  readonly parent: { readonly parent: TemplateElement }
}

/** Text as it is written: in an element, or as the value of an attribute. */
interface TemplateText {
  readonly type: 'VText' | 'VLiteral'
  readonly value: string
}

/** The name of an attribute; of a directive a node with its name, and the attribute that it binds. */
interface TemplateKey {
  readonly name: string | { readonly name: string }
  readonly argument?: { readonly name?: unknown } | null
}

/** `{{ … }}`, or the value of a directive. */
export interface TemplateExpression {
  readonly type: 'VExpressionContainer'
  readonly expression: Node | null
  readonly parent: TemplateElement | TemplateAttribute
}

/** The template of a Vue component; undefined in other files, and where another parser reads the script alone. */
function templateOf({ ast }: SourceCode): TemplateElement | undefined {
  return (ast as { readonly templateBody?: TemplateElement | null }).templateBody ?? undefined
}

/** The expressions of the template of a Vue component. ESLint has no keys to walk through a template. */
export function templateExpressions(source: SourceCode): readonly TemplateExpression[] {
  const template = templateOf(source)
  const elements = template === undefined ? [] : [template]
  const found: TemplateExpression[] = []
  for (const { startTag, children } of elements) {
    for (const part of [...startTag.attributes.map(({ value }) => value), ...children]) {
      if (part?.type === 'VElement') elements.push(part)
      else if (part?.type === 'VExpressionContainer') found.push(part)
    }
  }
  return found
}

/**
 * `identifier`; of one in a template, as if it stood behind the script, in whose scope it is, and which ran before. What the
 * template itself declares is left where it is.
 */
export const behindScript: (identifier: Identifier, source: SourceCode) => Identifier = perFile(
  (identifier: Identifier, source) => {
    const template = templateOf(source)
    if (template === undefined || !within(identifier, template as unknown as Node))
      return identifier
    if (isDeclaredAround(identifier)) return identifier
    const end = source.text.length
    return { ...identifier, range: [end, end], parent: source.ast }
  },
)

function isDeclaredAround(identifier: Identifier): boolean {
  const isIt = (node: Node) => node.type === 'Identifier' && node.name === identifier.name
  for (const around of ancestorsOf(identifier)) {
    const { variables } = around as unknown as Partial<TemplateElement>
    if (variables?.some(({ id }) => isIt(id)) === true) return true
    if (isFunction(around) && around.params.some(isIt)) return true
  }
  return false
}
