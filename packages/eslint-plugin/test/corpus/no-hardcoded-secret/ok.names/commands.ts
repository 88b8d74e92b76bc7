export const commands = {
  password: 'gcloud auth print-access-token',
  token: 'vault kv get -field=token secret/shop1',
  secret: 'kubectl get secret db -o jsonpath={.data.password}',
}
