import { expect, it } from 'vitest'
import { mergeRunbooks } from './merge-runbooks.ts'

const page = (title: string, own: string) => ({
  title,
  text: `# ${title}\n\nBoth.\n\n## One\n\n${own}\n\n\`\`\`sh\nls\n\nls\n\`\`\`\n`,
})

it('what all pages have is there once, and what differs folds', () => {
  expect(mergeRunbooks('All', [page('A', 'of a'), page('B', 'of b')])).toBe(
    [
      ...['# All', 'Both.', '## One'],
      ...['<details><summary>A</summary>', 'of a', '</details>'],
      ...['<details><summary>B</summary>', 'of b', '</details>'],
      '```sh\nls\n\nls\n```\n',
    ].join('\n\n'),
  )
})

it('a page without a heading of the others is refused', () => {
  const other = { title: 'B', text: '# B\n\nBoth.\n' }
  expect(() => mergeRunbooks('All', [page('A', 'x'), other])).toThrow('B has no part ## One')
})
