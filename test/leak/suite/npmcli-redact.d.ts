/** The part of `@npmcli/redact` that is compared here. It has no types. */
declare module '@npmcli/redact' {
  const redact: { redactLog(text: string): string }
  export default redact
}
