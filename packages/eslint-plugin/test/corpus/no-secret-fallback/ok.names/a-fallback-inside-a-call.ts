export const token = (input: string | undefined, parse: (text: string) => string) =>
  parse(input ?? 'start')
