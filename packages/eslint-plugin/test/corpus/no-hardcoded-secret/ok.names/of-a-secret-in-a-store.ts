export const source = {
  secret: 'projects/shop-prod-1234/secrets/db-password/versions/latest',
  password: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/db-AbCdEf',
  token: 'secret/data/shop#token',
}
