import type { Rule } from 'eslint'

/** One entry of the word list: the pattern, and the advice. */
type WordRule = readonly [pattern: RegExp, advice: string]

const OF_PEOPLE = 'name the party: the caller, the operator, another process, a replica, no rotator'
const OF_REPORTS = 'software reports, returns, emits, notifies, shows or reveals'
const OF_STYLE = 'write it plainly: the actor first, one fact a sentence'
const OF_REVERSALS = 'roll back (after promote), abort (before it), or remove'

/** Words that need a reason in docstrings, messages and pages. The field has a term for each. */
const WORDS: readonly WordRule[] = [
  [/\b(?:nobody|no one|somebody|someone|everybody|everyone|anybody|anyone)\b/gi, OF_PEOPLE],
  [/\b(?:whoever|whomever)\b/gi, OF_PEOPLE],
  [/\b(?:tells?|told|says?|said|hears?|heard)\b/gi, OF_REPORTS],
  [/\b(?:reinstate[sd]?|undo(?:es|ne)?)\b/gi, OF_REVERSALS],
  [/\b(?:takes?|taken|took|goes|gone|went) back\b/gi, OF_REVERSALS],
  [/\bdesks?\b/gi, 'the manual provider'],
  [/\b(?:is|are|be) looked at\b/gi, 'read, check or examine it'],
  [/\bin the hands of\b/gi, 'in flight in'],
  [/\bnot yet so that\b/gi, OF_STYLE],
  [/\b(?:can|does|do|is|are) \w+ no more(?! often| than)\b/gi, 'no longer'],
  [/\brests? on the reports?\b/gi, 'is based on the reports'],
]

/** Words that a docstring does not begin with. */
const OPENINGS: readonly WordRule[] = [
  [/^What\b/g, 'begin with the noun or the verb: "Options of …", "Reads …", "Whether …"'],
  [/^How \{@link/g, 'begin with the noun: "Options of {@link …}"'],
]

/** A word of the list in a text. */
export interface FoundWord {
  readonly index: number
  readonly word: string
  readonly advice: string
}

/** Finds the words of the list in prose; text between backticks and in fenced blocks is code. */
export function findWords(text: string): FoundWord[] {
  return search(WORDS, blank(text))
}

/** The same for the text between `/*` and its end, whose first word counts too. */
function findWordsInDocstring(comment: string): FoundWord[] {
  const start = /^[\s*]*/.exec(comment)?.[0].length ?? 0
  const opening = search(OPENINGS, comment.slice(start))
  return [
    ...opening.map((found) => ({ ...found, index: found.index + start })),
    ...findWords(comment),
  ]
}

const CODE = /```[\s\S]*?```|`[^`]*`/g

function blank(text: string): string {
  return text.replace(CODE, (code) => code.replace(/[^\n]/g, ' '))
}

function search(rules: readonly WordRule[], text: string): FoundWord[] {
  return rules.flatMap(([pattern, advice]) =>
    Array.from(text.matchAll(pattern), ({ index, 0: word }) => ({ index, word, advice })),
  )
}

/** Reports words of the list in docstrings and in string literals that are sentences. */
export const wordsRule: Rule.RuleModule = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { word: 'Write it in the term of the field instead of "{{word}}": {{advice}}.' },
  },
  create(context) {
    const { sourceCode } = context
    const report = (start: number, found: readonly FoundWord[]) => {
      for (const { index, word, advice } of found) {
        const loc = sourceCode.getLocFromIndex(start + index)
        context.report({ loc, messageId: 'word', data: { word, advice } })
      }
    }
    /** A literal without white space is an identifier. */
    const checkText = (node: Rule.Node) => {
      const text = sourceCode.getText(node).replaceAll('`', ' ')
      if (/\s/.test(text)) report(node.range?.[0] ?? 0, findWords(text))
    }
    return {
      Program() {
        for (const { type, value, range } of sourceCode.getAllComments()) {
          if (type !== 'Block' || !value.startsWith('*')) continue
          report((range?.[0] ?? 0) + 2, findWordsInDocstring(value))
        }
      },
      Literal: (node) => {
        if (typeof node.value === 'string') checkText(node)
      },
      TemplateElement: checkText,
    }
  },
}
