// Talks to the simulator's own server.

// message: {person:{user_key,is_friend,app_user_id}, shape, callback, twice, contexts,
//   event:{utterance,source,action,block_id,extra,referrer,last_block}}
// answer: {request, block, contexts, deliveries:[{outcome,milliseconds,status,reply,raw,violations,
//   bubbles,quick_replies,callback}]}
export async function send(message) {
  const response = await fetch("api/messages", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(message),
  });
  if (!response.ok) throw new Error(`simulator ${response.status}`);
  return response.json();
}

// Waits for what the skill posts to the callback address; null once nobody remembers it.
export async function lateAnswer(token) {
  for (;;) {
    const response = await fetch(`api/callbacks/${token}`);
    if (response.status === 200) return response.json();
    if (response.status !== 204) return null;
  }
}
