/** A program in which a value comes into being and leaves. */
export interface Program {
  readonly before: string
  /** An expression. */
  readonly value: string
  readonly after: (name: string) => string
}

/** A whole number from 0 up to, and without, `limit`. */
export type Random = (limit: number) => number

/** A way of a value into a new variable, which changes nothing of it. */
interface Transform {
  readonly name: string
  /** Statements that put the value of the expression `from` into the variable `to`. */
  readonly write: (from: string, to: string) => string
}

/** The ways that real code sends a value, each of which must lose and invent nothing. */
export const TRANSFORMS: readonly Transform[] = [
  { name: 'alias', write: (from, to) => `const ${to} = ${from}` },
  { name: 'late assignment', write: (from, to) => `let ${to}\n${to} = ${from}` },
  { name: 'parentheses and cast', write: (from, to) => `const ${to} = ((${from}) as any)!` },
  { name: 'comma', write: (from, to) => `const ${to} = (0, ${from})` },
  { name: 'condition', write: (from, to) => `const ${to} = flag ? ${from} : 'x'` },
  { name: 'nullish', write: (from, to) => `const ${to} = (${from}) ?? 'x'` },
  { name: 'template', write: (from, to) => `const ${to} = \`x \${${from}} y\`` },
  { name: 'concatenation', write: (from, to) => `const ${to} = 'x' + (${from}) + 'y'` },
  { name: 'appended', write: (from, to) => `let ${to} = 'x'\n${to} += ${from}` },
  { name: 'awaited', write: (from, to) => `const ${to} = await Promise.resolve(${from})` },
  { name: 'object', write: (from, to) => `const { part: ${to} } = { part: ${from}, other: 1 }` },
  {
    name: 'nested pattern',
    write: (from, to) => `const { a: { b: [, ${to}] } } = { a: { b: [0, ${from}] } }`,
  },
  { name: 'list', write: (from, to) => `const [, ${to}] = [1, ${from}]` },
  {
    name: 'spread object',
    write: (from, to) =>
      `const ${to}Whole = { ...{ part: ${from} } }\nconst ${to} = ${to}Whole.part`,
  },
  { name: 'spread list', write: (from, to) => `const ${to} = [...[${from}]][0]` },
  {
    name: 'rest',
    write: (from, to) =>
      `const { one: ${to}One, ...${to}Rest } = { one: 1, part: ${from} }\nconst ${to} = ${to}Rest.part`,
  },
  {
    name: 'function',
    write: (from, to) => `function ${to}Of(given) { return given }\nconst ${to} = ${to}Of(${from})`,
  },
  {
    name: 'destructured parameter',
    write: (from, to) =>
      `const ${to}Of = ({ part: given }) => given\nconst ${to} = ${to}Of({ part: ${from} })`,
  },
  {
    name: 'async function',
    write: (from, to) =>
      `async function ${to}Of(given) { return given }\nconst ${to} = await ${to}Of(${from})`,
  },
  {
    name: 'generator',
    write: (from, to) =>
      `function* ${to}Of(given) { yield given }\nconst [${to}] = ${to}Of(${from})`,
  },
  {
    name: 'class',
    write: (from, to) =>
      `class ${to}Box { #held\nconstructor(given) { this.#held = given }\nget() { return this.#held } }\nconst ${to} = new ${to}Box(${from}).get()`,
  },
  {
    name: 'map',
    write: (from, to) =>
      `const ${to}Map = new Map()\n${to}Map.set('x', ${from})\nconst ${to} = ${to}Map.get('x')`,
  },
  {
    name: 'set',
    write: (from, to) =>
      `const ${to}Set = new Set()\n${to}Set.add(${from})\nconst [${to}] = ${to}Set`,
  },
  {
    name: 'push and pop',
    write: (from, to) =>
      `const ${to}List = []\n${to}List.push(${from})\nconst ${to} = ${to}List.pop()`,
  },
  {
    name: 'promise chain',
    write: (from, to) =>
      `const ${to} = await Promise.resolve(${from}).then((given) => given).finally(() => 1)`,
  },
  {
    name: 'closure',
    write: (from, to) =>
      `const ${to}Held = ${from}\nconst ${to}Of = () => ${to}Held\nconst ${to} = ${to}Of()`,
  },
  {
    name: 'loop',
    write: (from, to) => `let ${to}\nfor (const { part } of [{ part: ${from} }]) ${to} = part`,
  },
  { name: 'optional chain', write: (from, to) => `const ${to} = ({ part: ${from} })?.part` },
  {
    name: 'object that is assigned',
    write: (from, to) =>
      `const ${to}Whole = Object.assign({}, { part: ${from} })\nconst ${to} = ${to}Whole.part`,
  },
  {
    name: 'tagged template',
    write: (from, to) =>
      `const ${to}Tag = (texts, ...values) => texts.join('') + values.join('')\nconst ${to} = ${to}Tag\`x \${${from}}\``,
  },
  {
    name: 'async generator',
    write: (from, to) =>
      `async function* ${to}Of(given) { yield given }\nlet ${to}\nfor await (const each of ${to}Of(${from})) ${to} = each`,
  },
  {
    name: 'mapped list',
    write: (from, to) => `const ${to} = [${from}].map((each) => \`x\${each}\`)[0]`,
  },
  {
    name: 'reduced list',
    write: (from, to) => `const ${to} = ['x', ${from}].reduce((all, each) => all + each, '')`,
  },
  { name: 'joined list', write: (from, to) => `const ${to} = ['x', ${from}].join(' ')` },
  {
    name: 'getter',
    write: (from, to) =>
      `const ${to}Held = ${from}\nconst ${to}Whole = { get part() { return ${to}Held } }\nconst ${to} = ${to}Whole.part`,
  },
  {
    name: 'static field',
    write: (from, to) => `class ${to}Box { static held = ${from} }\nconst ${to} = ${to}Box.held`,
  },
  {
    name: 'field',
    write: (from, to) => `class ${to}Box { held = ${from} }\nconst ${to} = new ${to}Box().held`,
  },
  {
    name: 'default of a parameter',
    write: (from, to) =>
      `const ${to}Held = ${from}\nconst ${to}Of = (given = ${to}Held) => given\nconst ${to} = ${to}Of()`,
  },
  {
    name: 'rest parameter',
    write: (from, to) => `const ${to}Of = (...given) => given[0]\nconst ${to} = ${to}Of(${from})`,
  },
  {
    name: 'spread argument',
    write: (from, to) =>
      `const ${to}Of = (one, two) => two\nconst ${to} = ${to}Of(...[1, ${from}])`,
  },
  {
    name: 'arguments',
    write: (from, to) =>
      `function ${to}Of() { return arguments[0] }\nconst ${to} = ${to}Of(${from})`,
  },
  {
    name: 'switch',
    write: (from, to) =>
      `let ${to}\nswitch (flag) { case 1: ${to} = ${from}\nbreak\ndefault: ${to} = 'x' }`,
  },
  { name: 'try', write: (from, to) => `let ${to}\ntry { ${to} = ${from} } catch { ${to} = 'x' }` },
  {
    name: 'JSON and back',
    write: (from, to) => `const { part: ${to} } = JSON.parse(JSON.stringify({ part: ${from} }))`,
  },
  {
    name: 'entries',
    write: (from, to) =>
      `let ${to}\nfor (const [, each] of Object.entries({ part: ${from} })) ${to} = each`,
  },
  { name: 'values', write: (from, to) => `const [${to}] = Object.values({ part: ${from} })` },
  {
    name: 'labelled loop',
    write: (from, to) =>
      `let ${to}\nouter: for (const each of [${from}]) { ${to} = each\nbreak outer }`,
  },
  {
    name: 'callback',
    write: (from, to) =>
      `let ${to}\nfunction ${to}Of(call) { call(${from.replace('await ', '')}) }\n${to}Of((given) => { ${to} = given })`,
  },
  {
    name: 'call',
    write: (from, to) =>
      `function ${to}Of(given) { return given }\nconst ${to} = ${to}Of.call(undefined, ${from})`,
  },
  {
    name: 'bound function',
    write: (from, to) =>
      `function ${to}Of(given) { return given }\nconst ${to} = ${to}Of.bind(undefined)(${from})`,
  },
  {
    name: 'immediately called',
    write: (from, to) => `const ${to} = await (async () => { return ${from} })()`,
  },
  {
    name: 'promise made by hand',
    write: (from, to) =>
      `const ${to}Held = ${from}\nconst ${to} = await new Promise((resolve) => resolve(${to}Held))`,
  },
  {
    name: 'all promises',
    write: (from, to) => `const [, ${to}] = await Promise.all([1, ${from}])`,
  },
  { name: 'trimmed', write: (from, to) => `const ${to} = String(${from}).trim()` },
  {
    name: 'method of an object',
    write: (from, to) =>
      `const ${to}Box = { held: ${from}, get() { return this.held } }\nconst ${to} = ${to}Box.get()`,
  },
  {
    name: 'element that is set',
    write: (from, to) => `const ${to}List = []\n${to}List[0] = ${from}\nconst ${to} = ${to}List[0]`,
  },
  {
    name: 'property that is set',
    write: (from, to) =>
      `const ${to}Whole = {}\n${to}Whole.a = { b: 1 }\n${to}Whole.a.b = ${from}\nconst ${to} = ${to}Whole.a.b`,
  },
  {
    name: 'event',
    write: (from, to) =>
      `let ${to}\nemitter.on('${to}', (given) => { ${to} = given })\nemitter.emit('${to}', ${from})`,
  },
  {
    name: 'caught error',
    write: (from, to) =>
      `let ${to}\ntry { throw new Error(\`x \${${from}}\`) } catch (error) { ${to} = error.message }`,
  },
]

/** Sends the value of `program` some steps around, before it leaves. */
export function transformed(
  { before, value, after }: Program,
  steps: number,
  random: Random,
  from: readonly Transform[] = TRANSFORMS,
): string {
  const lines = [before]
  let current = value
  for (let step = 0; step < steps; step += 1) {
    const transform = from[random(from.length)]
    const name = `v${step}`
    if (transform !== undefined) lines.push(transform.write(current, name))
    current = name
  }
  return [...lines, after(current), ''].join('\n')
}
