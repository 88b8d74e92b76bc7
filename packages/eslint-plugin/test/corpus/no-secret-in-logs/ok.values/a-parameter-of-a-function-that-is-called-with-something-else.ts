function print(text: string) {
  console.log(text)
}
print('ready')
