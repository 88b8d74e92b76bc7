import type { MarkdownRenderer } from 'vitepress'

const OPENING = /^<details><summary>(.*)<\/summary>$/
const CLOSING = '</details>'

interface Token {
  type: string
  content: string
}

/** Has pages show parts that fold, which are lines of HTML there. Of several in a row each is a tab. */
export function foldDetails(md: MarkdownRenderer): void {
  md.block.ruler.before(
    'paragraph',
    'details',
    (state, line, _end, silent) => {
      const [start = 0, end = 0] = [state.bMarks[line], state.eMarks[line]]
      const text = state.src.slice(start, end).trim()
      const title = OPENING.exec(text)?.[1]
      if (title === undefined && text !== CLOSING) return false
      if (silent) return true
      const token = state.push(title === undefined ? 'details_close' : 'details_open', '', 0)
      token.content = title ?? ''
      state.line = line + 1
      return true
    },
    { alt: ['paragraph'] },
  )
  md.core.ruler.after('block', 'details', ({ tokens }) => {
    tokens.forEach((token, index) => {
      if (token.type !== 'details_open' || tokens[index - 1]?.type === 'details_close') return
      fold(tokens, index, md.utils.escapeHtml)
    })
  })
  const asItIs = (tokens: readonly Token[], index: number) => tokens[index]?.content ?? ''
  md.renderer.rules['details_open'] = asItIs
  md.renderer.rules['details_close'] = asItIs
}

/** Writes the HTML of the parts in a row that begin at `first`. */
function fold(tokens: readonly Token[], first: number, escape: (text: string) => string): void {
  const opened: number[] = []
  let last = first
  for (let index = first; tokens[index]?.type === 'details_open'; index = last + 1) {
    opened.push(index)
    last = tokens.findIndex(({ type }, at) => at > index && type === 'details_close')
    if (last < 0) throw new Error(`a part of a page is not closed: add ${CLOSING}`)
  }
  const titles = opened.map((index) => escape(tokens[index]?.content ?? ''))
  if (titles.length === 1) {
    write(
      tokens,
      first,
      `<details class="details custom-block"><summary>${titles[0] ?? ''}</summary>\n`,
    )
    write(tokens, last, `${CLOSING}\n`)
    return
  }
  const id = (n: number) => `part-${String(first)}-${String(n)}`
  const tabs = titles.map(
    (title, n) =>
      `<input type="radio" name="part-${String(first)}" id="${id(n)}"${n === 0 ? ' checked' : ''}><label data-title="${title}" for="${id(n)}">${title}</label>`,
  )
  opened.forEach((index, n) => {
    const head = `<div class="vp-code-group vp-adaptive-theme"><div class="tabs">${tabs.join('')}</div><div class="blocks">\n`
    write(
      tokens,
      index,
      `${n === 0 ? head : ''}<div class="vp-block${n === 0 ? ' active' : ''}">\n`,
    )
    const close = opened[n + 1] === undefined ? last : (opened[n + 1] ?? 0) - 1
    write(tokens, close, n === titles.length - 1 ? '</div></div></div>\n' : '</div>\n')
  })
}

function write(tokens: readonly Token[], index: number, html: string): void {
  const token = tokens[index]
  if (token !== undefined) token.content = html
}
