export enum Credential {
  Password = 'password',
  ApiKey = 'api-key-v2',
  ClientSecret = 'client_secret_basic',
}
