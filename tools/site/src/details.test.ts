import { expect, it } from 'vitest'
import { createMarkdownRenderer } from 'vitepress'
import { foldDetails } from './details.ts'
import { ROOT } from './pages.ts'

const part = (title: string, text: string) =>
  `<details><summary>${title}</summary>\n\n${text}\n\n</details>\n\n`

async function render(page: string): Promise<string> {
  const md = await createMarkdownRenderer(ROOT, { html: false, config: foldDetails })
  return md.render(page)
}

it('a part that folds is one that folds on the site, too', async () => {
  const html = await render(part('A <b> & c', '```ts\nlet a\n```'))
  expect(html).toContain('<summary>A &lt;b&gt; &amp; c</summary>')
  expect(html).toMatch(/<details[^]*class="language-ts[^]*<\/details>/)
})

it('of several in a row each is a tab, and the first is open', async () => {
  const html = await render(`before\n\n${part('One', '*a*')}${part('Two', '*b*')}after`)
  expect(html).not.toContain('details>')
  expect(html.match(/data-title="\w+"/g)).toEqual(['data-title="One"', 'data-title="Two"'])
  expect(html.match(/<div class="vp-block[^"]*">\s*<p><em>\w/g)).toEqual([
    expect.stringContaining('active'),
    expect.not.stringContaining('active'),
  ])
  expect(html.split('<div').length).toBe(html.split('</div').length)
  expect(html.trimEnd()).toMatch(/<p>after<\/p>$/)
})

it('a part that is not closed ends the build', async () => {
  await expect(render('<details><summary>One</summary>\n\ntext')).rejects.toThrow('not closed')
})
