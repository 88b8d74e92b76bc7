export class Chart {
  refresh() {
    this.randomToken = Math.random() * 1000
  }
}
