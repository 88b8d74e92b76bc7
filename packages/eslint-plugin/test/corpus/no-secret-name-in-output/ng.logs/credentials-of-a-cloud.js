export async function check(provider) {
  const credentials = await provider.resolve()
  console.log({ credentials })
}
