export class Client {
  static #signingSecret = 'RANDOM_BASE64URL_43'

  static sign = (text: string) => text + Client.#signingSecret
}
