export class Client {
  private readonly apiKey = 'RANDOM_HEX_40'

  headers() {
    return { 'x-key': this.apiKey }
  }
}
