/** Answers by request, least recently used first, bounded by their characters. */

const CHARACTERS_MAX = 8 * 1024 * 1024;

export class AnswerCache {
  readonly #answers = new Map<string, string>();
  #characters = 0;

  get(request: string): string | undefined {
    const answer = this.#answers.get(request);
    if (answer === undefined) return undefined;
    this.#answers.delete(request);
    this.#answers.set(request, answer);
    return answer;
  }

  set(request: string, answer: string): void {
    this.#answers.set(request, answer);
    this.#characters += request.length + answer.length;
    for (const [oldest, its] of this.#answers) {
      if (this.#characters <= CHARACTERS_MAX) break;
      this.#answers.delete(oldest);
      this.#characters -= oldest.length + its.length;
    }
  }
}
