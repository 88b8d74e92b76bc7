import { newPrivateKey, random } from './leak-samples.ts'

/** A text in a file, and the rule of gitleaks that it is about. */
export interface PlantedText {
  readonly rule: string
  readonly file: string
  readonly text: string
}

/** The purpose of an exception of `.gitleaks.toml`, with a sample. */
export interface ExceptionSample {
  /** Must not be found. */
  readonly allowed: PlantedText
  /** Must be found all the same. */
  readonly neighbours: readonly PlantedText[]
}

const MASKING_TEST = 'packages/log-redactor/src/redactor.test.ts'

/** As it stands in that test. Put together here, where it is no exception. */
const ARMOUR = [
  `const text = ['${armour('BEGIN')}', ...lines, '${armour('END')}', ''].join(`,
  `expect(redact('${armour('BEGIN')}')).toBe('${armour('BEGIN')}')`,
].join('\n')

function armour(side: 'BEGIN' | 'END'): string {
  return `-----${side} PRIVATE KEY-----`
}

/** Samples for each exception, by its `description`. */
export const EXCEPTION_SAMPLES: Readonly<Record<string, () => ExceptionSample>> = {
  'PEM armour with nothing in it but an expression, in the test of how PEM files are masked':
    () => ({
      allowed: { rule: 'private-key', file: MASKING_TEST, text: ARMOUR },
      neighbours: [
        { rule: 'private-key', file: MASKING_TEST, text: newPrivateKey() },
        { rule: 'private-key', file: `another/${MASKING_TEST}`, text: ARMOUR },
      ],
    }),
  'A class of node:crypto, imported beside KeyObject': () => ({
    allowed: {
      rule: 'generic-api-key',
      file: 'certificate.ts',
      text: "import type { KeyObject, X509Certificate } from 'node:crypto'\n",
    },
    neighbours: [
      {
        rule: 'generic-api-key',
        file: 'longer.ts',
        text: `const apiKey = 'X509Certificate${random('0123456789bcdgjkqrz', 43)}'\n`,
      },
    ],
  }),
}
