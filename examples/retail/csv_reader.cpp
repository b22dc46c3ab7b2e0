// SPDX-License-Identifier: Apache-2.0
// Lines and fields of a CSV file. zlib reads plain files too, so there is one way in.
#include "csv_reader.hpp"

#include <sys/stat.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>

namespace retail_example {
namespace {
constexpr std::size_t chunk_bytes = 256 * 1024;
constexpr char const* origin = "csv_reader";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
}  // namespace

struct csv_reader::source {
  std::string path;
  gzFile file = nullptr;
  std::uint64_t bytes_total = 0;
  bool at_end = false;
  std::string damage{};  ///< why the file ended early; empty where it did not

  source() = default;
  source(source const&) = delete;
  source& operator=(source const&) = delete;
  ~source() {
    if (file != nullptr) gzclose(file);
  }
};

csv_reader::csv_reader(std::unique_ptr<source> from) noexcept : source_(std::move(from)) {}
csv_reader::csv_reader(csv_reader&&) noexcept = default;
csv_reader& csv_reader::operator=(csv_reader&&) noexcept = default;
csv_reader::~csv_reader() = default;

evsrc::result<csv_reader> csv_reader::open(std::string path) {
  auto const refuse = [&](int number) {
    auto const code = number == ENOENT   ? evsrc::errc::not_found
                      : number == EACCES ? evsrc::errc::permission_denied
                                         : evsrc::errc::io_failed;
    return evsrc::fail({code, path + ": " + std::strerror(number), origin, number});
  };
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return refuse(errno);
  if (S_ISDIR(about.st_mode)) return refuse(EISDIR);
  auto from = std::make_unique<source>();
  errno = 0;
  from->file = gzopen(path.c_str(), "rb");
  if (from->file == nullptr) return refuse(errno == 0 ? ENOMEM : errno);
  gzbuffer(from->file, chunk_bytes);
  from->bytes_total = static_cast<std::uint64_t>(about.st_size);
  from->path = std::move(path);
  return csv_reader(std::move(from));
}

std::uint64_t csv_reader::bytes_read() const noexcept {
  auto const offset = gzoffset(source_->file);
  return offset < 0 ? 0 : static_cast<std::uint64_t>(offset);
}
std::uint64_t csv_reader::bytes_total() const noexcept { return source_->bytes_total; }

/// Moves what is left to the front and reads behind it, or notes the end of the file.
void csv_reader::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  auto const kept = buffer_.size();
  buffer_.resize(kept + chunk_bytes);
  int const count = gzread(source_->file, buffer_.data() + kept, chunk_bytes);
  buffer_.resize(kept + (count > 0 ? static_cast<std::size_t>(count) : 0));
  int code = Z_OK;
  char const* const why = gzerror(source_->file, &code);
  // A cut-off stream gives its last bytes and says Z_BUF_ERROR with them: they come first.
  if (count < 0 || (code != Z_OK && code != Z_STREAM_END)) source_->damage = why;
  source_->at_end = count <= 0 || !source_->damage.empty();
}

evsrc::result<bool> csv_reader::next(csv_line& line) {
  line = {};
  std::size_t searched = 0;
  for (;;) {
    auto const end = buffer_.find('\n', at_ + searched);
    bool const found = end != std::string::npos;
    auto const length = (found ? end : buffer_.size()) - at_;
    // Where the file is damaged, what follows the last line end is no line.
    bool const is_last = source_->at_end && source_->damage.empty() && length > 0;
    if (found || is_last) {
      line.text = std::string_view(buffer_).substr(at_, length);
      at_ += length + (found ? 1 : 0);
      break;
    }
    if (!source_->damage.empty())
      return evsrc::fail(evsrc::errc::malformed,
                         source_->path + ": damaged or cut off behind line " +
                             std::to_string(number_) + " (" + source_->damage + ")",
                         origin);
    if (source_->at_end) return false;
    if (length > line_bytes_max) {  // keep its beginning, read over the rest
      line.too_long = true;
      buffer_.erase(at_ + line_bytes_max);
    }
    searched = buffer_.size() - at_;
    fill();
  }
  if (number_ == 0 && line.text.starts_with(byte_order_mark))
    line.text.remove_prefix(byte_order_mark.size());
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  line.too_long = line.too_long || line.text.size() > line_bytes_max;
  line.text = line.text.substr(0, line_bytes_max);
  line.number = ++number_;
  line.unterminated = source_->at_end && at_ == buffer_.size() && buffer_.back() != '\n';
  return true;
}

std::string_view split_csv(std::string_view line, std::vector<std::string_view>& fields,
                           std::string& storage) {
  fields.clear();
  storage.clear();
  storage.reserve(line.size());  // views into it stay valid: it never grows beyond the line
  for (std::size_t at = 0;;) {
    if (at < line.size() && line[at] == '"') {
      auto const begin = storage.size();
      for (++at;; ++at) {
        if (at == line.size()) return "a quote is not closed";
        if (line[at] == '"') {
          if (at + 1 == line.size() || line[at + 1] != '"') break;
          ++at;
        }
        storage.push_back(line[at]);
      }
      fields.push_back(std::string_view(storage).substr(begin));
      if (++at < line.size() && line[at] != ',') return "text stands behind a closing quote";
    } else {
      auto const end = std::min(line.find(',', at), line.size());
      auto const field = line.substr(at, end - at);
      if (field.find('"') != std::string_view::npos) return "a quote stands inside a bare field";
      fields.push_back(field);
      at = end;
    }
    if (at == line.size()) return {};
    ++at;
  }
}

}  // namespace retail_example
