// Rewrites what a project imports from the packages of Rekey 0.1, and its package.json files, to the packages of today:
// `node node_modules/@rekey/rekey/codemod/new-names.mjs FILE|DIRECTORY…`. It prints what needs a look by hand.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Today's package of each old one, and for each old entry the entries of today with their names; the first is the main one. */
const { packages, entries } = JSON.parse(
  readFileSync(new URL('new-names.json', import.meta.url), 'utf8'),
)
const today = new Set(Object.values(entries).flatMap((places) => Object.keys(places)))

/** An import, export, `import()` or `require()`: its list of names or the one member that is taken, if any, and its entry. */
const IMPORT = new RegExp(
  String.raw`(?:\b(?<start>(?:import|export)\s+(?:type\s+)?|(?:const|let|var)\s+)\{(?<list>[^{}]*)\}\s*)?` +
    String.raw`(?<call>(?:=\s*(?:await\s+)?)?\b(?:from|import\s*\(?|(?:require(?:\.\w+)?|(?:vi|jest)\.\w+)\s*\()\s*)` +
    String.raw`(?<quote>['"])(?<entry>@rekey\/[^'"\s]+)\k<quote>(?:\s*\)+\s*\.\s*(?!then\b)(?<member>\w+))?`,
  'g',
)

function rewriteImports(text, note) {
  return text.replace(IMPORT, (found, ...rest) => {
    const { start, list, call, quote, entry, member } = rest.at(-1)
    if (entries[entry] === undefined) return rewriteOther(found, entry, note)
    const withEntry = (to) => found.replace(`${quote}${entry}${quote}`, `${quote}${to}${quote}`)
    if (member !== undefined) return withEntry(placeOf(entry, member, note))
    if (list === undefined) return withEntry(mainOf(entry, call, note))
    const byPlace = new Map()
    for (const part of list.split(',').filter((part) => part.trim() !== '')) {
      const place = placeOf(entry, nameIn(part), note)
      byPlace.set(place, [...(byPlace.get(place) ?? []), part.trim()])
    }
    if (byPlace.size < 2) return withEntry([...byPlace.keys()][0] ?? Object.keys(entries[entry])[0])
    if (/\/[/*]/.test(list)) {
      note(`the names from ${entry} are in ${[...byPlace.keys()].join(' and ')}: split it by hand`)
      return found
    }
    const offset = rest.at(-3)
    const [indent] = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset))
    const end = `${call.includes('(') ? ')' : ''}${/^\)?;/.test(text.slice(offset + found.length)) ? ';' : ''}`
    return [...byPlace]
      .map(([to, names]) => `${start}{ ${names.join(', ')} } ${call}${quote}${to}${quote}`)
      .join(`${end}\n${indent}`)
  })
}

/** The name in a part of a list: `type X as Y`, `x: y`, with comments before it. */
const nameIn = (part) =>
  /^(?:\s|\/\*[^]*?\*\/|\/\/.*)*(?:type\s+(?!as\b))?([\w$]+)/.exec(part)?.[1] ?? ''

function placeOf(entry, name, note) {
  const places = Object.entries(entries[entry])
  const found = places.find(([, names]) => names.split(' ').includes(name))?.[0]
  if (found === undefined && !today.has(entry)) note(`${entry} had no ${name}`)
  const place = found ?? (today.has(entry) ? entry : places[0][0])
  if (place.includes('/internal')) note(`${name} is in ${place}, which changes without notice`)
  return place
}

function mainOf(entry, call, note) {
  const [main, ...others] = Object.keys(entries[entry])
  if (others.length > 0 && !/^import\s*$/.test(call))
    note(`${entry} as a whole is ${main} here; some of its names are in ${others.join(', ')}`)
  return main
}

function rewriteOther(found, entry, note) {
  const [owner] = /^@rekey\/[^/]+/.exec(entry)
  if (packages[owner] === undefined) return found
  if (entry.endsWith('.json')) return found.replace(owner, packages[owner])
  return note(`${entry} was no entry`) ?? found
}

function rewriteManifest(text) {
  const manifest = JSON.parse(text)
  for (const field of Object.keys(manifest).filter((key) => /dependencies$/i.test(key))) {
    const renamed = Object.entries(manifest[field]).map(([name, at]) => [
      packages[name] ?? name,
      at,
    ])
    manifest[field] = Object.fromEntries(renamed)
  }
  const after = JSON.stringify(manifest, null, /^[ \t]+/m.exec(text)?.[0]) + /\s*$/.exec(text)[0]
  return JSON.stringify(JSON.parse(text)) === JSON.stringify(manifest) ? text : after
}

function rewrite(path) {
  if (statSync(path).isDirectory()) {
    const names = readdirSync(path).filter((name) => !/^(\..*|node_modules|dist)$/.test(name))
    return names.forEach((name) => void rewrite(join(path, name)))
  }
  const isManifest = basename(path) === 'package.json'
  if (!isManifest && !/\.[cm]?[jt]sx?$/.test(path)) return
  const text = readFileSync(path, 'utf8')
  const after = isManifest
    ? rewriteManifest(text)
    : rewriteImports(text, (what) => void console.log(`${path}: ${what}`))
  if (after !== text) writeFileSync(path, after)
}

process.argv.slice(2).forEach((path) => void rewrite(path))
