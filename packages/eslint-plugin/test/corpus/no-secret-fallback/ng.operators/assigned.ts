export function normalize(options: { password?: string; host?: string }) {
  options.host ??= 'localhost'
  options.password ??= 'guest'
  return options
}
