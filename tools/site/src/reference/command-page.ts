const SECTION = /^(?=Usage: )/m
const NAME = /^Usage: (\w+(?: [a-z-]+)*)/

/** Makes the page of the command line from the text of `rekey --help-all`: the help of the program, then a section a command. */
export function commandPage(help: string): string {
  const [program = '', ...commands] = help.split(SECTION).map((text) => text.trimEnd())
  const sections = commands.map((text) => `## ${NAME.exec(text)?.[1] ?? ''}\n\n${fenced(text)}`)
  return ['# The command line', fenced(program), ...sections].join('\n\n')
}

function fenced(text: string): string {
  return ['```text', text, '```', ''].join('\n')
}
