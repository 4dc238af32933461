import { type BindToolsInput, BaseChatModel } from '@langchain/core/language_models/chat_models';
import type { AIMessage, BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';

/** Stands in for a model, so that the example runs anywhere and always in the same way: it answers by a script. */
export class ScriptedModel extends BaseChatModel {
  readonly #script: (messages: readonly BaseMessage[]) => AIMessage;

  constructor(script: (messages: readonly BaseMessage[]) => AIMessage) {
    super({});
    this.#script = script;
  }

  override _llmType(): string {
    return 'scripted';
  }

  override getLsParams(options: this['ParsedCallOptions']) {
    return { ...super.getLsParams(options), ls_provider: 'example', ls_model_name: 'scripted-1' };
  }

  override bindTools(_tools: BindToolsInput[]): this {
    return this;
  }

  override _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const message = this.#script(messages);
    return Promise.resolve({ generations: [{ text: message.text, message }] });
  }
}
