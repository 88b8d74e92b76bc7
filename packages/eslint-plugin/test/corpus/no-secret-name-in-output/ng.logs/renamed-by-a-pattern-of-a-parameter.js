export function show({ account: { apiKey: shown } }) {
  console.log(shown)
}
