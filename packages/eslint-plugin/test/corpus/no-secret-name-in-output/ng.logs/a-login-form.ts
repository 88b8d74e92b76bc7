export class LoginComponent {
  username = ''
  password = ''
  onSubmit() {
    console.log('Username:', this.username)
    console.log('Password:', this.password)
  }
}
