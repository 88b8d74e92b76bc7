class Secret {
  constructor(readonly question: string) {}
}
const riddle: unknown = new Secret('What has roots that nobody sees?')
export default riddle
